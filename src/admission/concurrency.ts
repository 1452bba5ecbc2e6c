import { LatchkeyError } from '../errors.ts';

export interface GateOptions {
  /** Reviews at work at once, in all; as many more may wait. */
  readonly total: number;
  /** The same, for one namespace: one tenant's held reviews never take every place. */
  readonly perNamespace: number;
  /** How long a review waits for a place, in ms. */
  readonly maxWaitMs: number;
}

interface Waiter {
  readonly namespace: string;
  readonly admit: () => void;
}

/** Gives back the place; later calls do nothing. */
export type Leave = () => void;

/** Bounds the reviews in flight, in all and per namespace. Who finds no place waits briefly, in order of arrival. */
export class Gate {
  readonly #options: GateOptions;
  readonly #atWork = new Map<string, number>();
  readonly #waiting = new Map<string, number>();
  readonly #queue = new Set<Waiter>();
  #total = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#total;
  }

  /** A place at once, where there is one. */
  tryEnter(namespace: string): Leave | undefined {
    if (!this.#hasRoom(namespace)) {
      return undefined;
    }
    this.#reserve(namespace);
    return this.#leaver(namespace);
  }

  /** @throws LatchkeyError LK-OVERLOADED when there is no place within the wait, or no room to wait. */
  async enter(namespace: string, signal: AbortSignal): Promise<Leave> {
    const leave = this.tryEnter(namespace);
    if (leave !== undefined) {
      return leave;
    }
    await this.#wait(namespace, signal);
    return this.#leaver(namespace);
  }

  #hasRoom(namespace: string): boolean {
    return (
      this.#total < this.#options.total && (this.#atWork.get(namespace) ?? 0) < this.#options.perNamespace
    );
  }

  #reserve(namespace: string): void {
    this.#total += 1;
    add(this.#atWork, namespace, 1);
  }

  #leaver(namespace: string): Leave {
    let left = false;
    return () => {
      if (!left) {
        left = true;
        this.#total -= 1;
        add(this.#atWork, namespace, -1);
        this.#admitNext();
      }
    };
  }

  #wait(namespace: string, signal: AbortSignal): Promise<void> {
    const { total, perNamespace, maxWaitMs } = this.#options;
    if (signal.aborted || this.#queue.size >= total || (this.#waiting.get(namespace) ?? 0) >= perNamespace) {
      return Promise.reject(overloaded());
    }
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        this.#queue.delete(waiter);
        add(this.#waiting, namespace, -1);
        settle();
      };
      const giveUp = () => {
        end(() => {
          reject(overloaded());
        });
      };
      const waiter: Waiter = {
        namespace,
        admit: () => {
          end(resolve);
        },
      };
      const timer = setTimeout(giveUp, maxWaitMs);
      signal.addEventListener('abort', giveUp);
      this.#queue.add(waiter);
      add(this.#waiting, namespace, 1);
    });
  }

  /** The first in the queue whose namespace has room. It gets its place here, before anyone who arrives can take it. */
  #admitNext(): void {
    for (const waiter of this.#queue) {
      if (this.#hasRoom(waiter.namespace)) {
        this.#reserve(waiter.namespace);
        waiter.admit();
        return;
      }
    }
  }
}

function overloaded(): LatchkeyError {
  return new LatchkeyError('LK-OVERLOADED', 'too many reviews at once', 'Try again, or raise --concurrency.');
}

/** Counts without leaving zeros behind: namespaces come and go. */
function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) {
    counts.delete(key);
  } else {
    counts.set(key, count);
  }
}
