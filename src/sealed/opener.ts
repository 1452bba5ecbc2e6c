import type { Clock } from '../clock.ts';
import type { SecretValue } from '../secret-value.ts';
import { createLru } from '../stores/lru.ts';
import { parseCiphertext } from './ciphertext.ts';
import type { KeyRing } from './key-ring.ts';
import { bytesOf, notOpened } from './not-opened.ts';
import { openValue } from './open-value.ts';
import { ciphertextId, createOpenedMemory, type MemoryLimits } from './opened-memory.ts';
import { labelOf, type SealedFor } from './scope.ts';
import type { SealingKey } from './sealing-key.ts';
import { createSlots } from './slots.ts';

/** One sealed value, and for whom it is opened. Who asks chooses neither namespace nor name. */
export interface Sealed {
  readonly text: string;
  readonly sealedFor: SealedFor;
  /** What to do where no key opens it; absent: what is to be done about a SealedSecret. */
  readonly remedy?: string;
}

/** How many tries somebody has left. A try costs 4 ms of a core, whether it opens or not. */
export interface Tries {
  left: number;
}

export interface Opened {
  readonly value: SecretValue;
  readonly key: SealingKey;
}

export interface Opener {
  /**
   * Opens one value, newest key first, off the event loop. Who asks for the same while it is being opened waits for that.
   * A key that did not open it is not tried again, so that tries which ran out are taken up by the next call.
   *
   * @throws LatchkeyError LK-SEALED: what was tried, and nothing that helps to open it
   */
  open(sealed: Sealed, tries: Tries): Promise<Opened>;
}

export interface OpenerOptions {
  /** The keys in use, asked anew at each call: they come and go while we run. */
  readonly ring: () => KeyRing;
  /** Resolves once the keys were looked for; absent: they are there. */
  readonly ready?: () => Promise<void>;
  readonly clock: Pick<Clock, 'wall'>;
  /** The remedy where there is no key: where keys are looked for. */
  readonly withoutKeys: string;
  readonly limits?: MemoryLimits;
  /** Each try with one key, which costs its time whether it opens or not. */
  readonly onTry?: (outcome: 'opened' | 'closed') => void;
}

/** What one review may cost: less than half a second of a core at 4096 bits. */
export const TRIES_OF_A_REVIEW = 100;

const LIMITS: MemoryLimits = { values: 2000, bytes: 8 * 1024 * 1024, keys: 20_000, failures: 500 };
/** The runtime has four threads for this, for files and for DNS: half of them stay free. */
const AT_ONCE = 2;
const HINTS = 1000;

type Outcome = Opened | 'closed' | 'out-of-tries';

export function createOpener(options: OpenerOptions): Opener {
  const { ring, ready, clock, withoutKeys, limits = LIMITS, onTry } = options;
  const memory = createOpenedMemory(limits);
  const slots = createSlots(AT_ONCE);
  const flights = new Map<string, Promise<Outcome>>();
  // The values of one object were mostly sealed by one key: which one, the first of them shows.
  const lastKeys = createLru<string>(HINTS);

  function remembered(id: string): Opened | undefined {
    const { openedBy } = memory.get(id);
    const key = ring().keys.find(({ fingerprint }) => fingerprint === openedBy?.fingerprint);
    return openedBy?.value === undefined || key === undefined ? undefined : { value: openedBy.value, key };
  }

  async function search(id: string, { text, sealedFor }: Sealed, tries: Tries): Promise<Outcome> {
    const ciphertext = parseCiphertext(text);
    const label = labelOf(sealedFor);
    for (const key of untried(id, label, ciphertext.sealedKey.length)) {
      if (tries.left <= 0) return 'out-of-tries';
      tries.left -= 1;
      const value = await slots(() => openValue(ciphertext, label, key.privateKey));
      onTry?.(value === undefined ? 'closed' : 'opened');
      if (value === undefined) {
        memory.closed(id, key.fingerprint);
        continue;
      }
      memory.opened(id, key.fingerprint, value);
      lastKeys.set(label, key.fingerprint);
      return { value, key };
    }
    return 'closed';
  }

  /** Keys of the right size that are not known to fail. The likeliest comes first, then the newest. */
  function untried(id: string, label: string, sealedBytes: number): readonly SealingKey[] {
    const { openedBy, closedTo } = memory.get(id);
    const fit = ring().keys.filter(
      ({ bits, fingerprint }) => bytesOf(bits) === sealedBytes && closedTo?.has(fingerprint) !== true,
    );
    const likely = openedBy?.fingerprint ?? lastKeys.get(label);
    const first = fit.find(({ fingerprint }) => fingerprint === likely);
    return first === undefined ? fit : [first, ...fit.filter((key) => key !== first)];
  }

  async function join(id: string, sealed: Sealed, tries: Tries): Promise<Outcome> {
    const flight = flights.get(id) ?? search(id, sealed, tries).finally(() => flights.delete(id));
    flights.set(id, flight);
    return await flight;
  }

  return {
    async open(sealed, tries) {
      const sealedBytes = parseCiphertext(sealed.text).sealedKey.length;
      await ready?.();
      const label = labelOf(sealed.sealedFor);
      const id = ciphertextId(sealed.text, label);
      let outcome: Outcome = remembered(id) ?? (await join(id, sealed, tries));
      // Another's tries ran out, and ours have not.
      while (outcome === 'out-of-tries' && tries.left > 0) outcome = await join(id, sealed, tries);
      if (typeof outcome === 'object') return outcome;
      throw notOpened({
        sealedFor: sealed.sealedFor,
        keys: ring().keys,
        unread: ring().unread ?? [],
        sealedBits: sealedBytes * 8,
        untried: outcome === 'closed' ? 0 : untried(id, label, sealedBytes).length,
        wallMs: clock.wall(),
        withoutKeys,
        remedy: sealed.remedy,
      });
    },
  };
}
