import type { Request } from './kubernetes-double-routes.ts';

/** How one request goes wrong. */
export type Fault =
  /** Answers after so many milliseconds, then as usual. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection before a byte of an answer. */
  | { readonly kind: 'reset' }
  /** Sends half of an answer and closes the connection. */
  | { readonly kind: 'cut' }
  /** Answers this: a string as it is, anything else as JSON. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface Faults {
  /**
   * From now on requests whose `VERB /path` contains `match` (or fits it) go wrong, `times` times (default: always).
   * The newest fault that fits wins.
   */
  add(match: string | RegExp, fault: Fault, times?: number): void;
  clear(): void;
  take(request: Request): Fault | undefined;
}

export function createFaults(): Faults {
  let active: { match: string | RegExp; fault: Fault; left: number }[] = [];
  return {
    add: (match, fault, times = Number.POSITIVE_INFINITY) => {
      active.unshift({ match, fault, left: times });
    },
    clear: () => {
      active = [];
    },
    take: (request) => {
      const line = `${request.method} ${request.path}`;
      const hit = active.find(
        ({ match, left }) =>
          left > 0 && (typeof match === 'string' ? line.includes(match) : match.test(line)),
      );
      if (hit !== undefined) hit.left -= 1;
      return hit?.fault;
    },
  };
}
