// What can go wrong on the way to AWS, switched on and off by a test.

import { matches } from './aws-double-access.ts';

export interface FaultMatch {
  /** Glob over `ssm:GetParameters`, `secretsmanager:GetSecretValue`, `sts:AssumeRole` … Default: all. */
  readonly action?: string;
  readonly region?: string;
  /** Only calls that name this parameter or secret. */
  readonly name?: string;
  /** Only calls of this role, and for it. */
  readonly role?: string;
  /** How many calls; default: until lifted. */
  readonly times?: number;
}

export type Fault =
  | { readonly kind: 'throttle' }
  | { readonly kind: 'server-error' }
  /** Answers late, but rightly. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Takes the request and never answers: what a blocked network looks like. */
  | { readonly kind: 'hang' }
  /** Closes the connection before any answer. */
  | { readonly kind: 'close' }
  /** Closes the connection in the middle of the right answer's body. */
  | { readonly kind: 'close-mid-answer' }
  /** A 200 whose body is no JSON or XML; it holds `text`. */
  | { readonly kind: 'nonsense'; readonly text: string }
  /** Any AWS error. */
  | { readonly kind: 'error'; readonly code: string; readonly status?: number; readonly message?: string };

export interface FaultedCall {
  readonly action: string;
  readonly region: string;
  readonly names: readonly string[];
  readonly roleArn?: string;
}

export interface Faults {
  /** Returns the function that lifts the fault. The latest fault that matches wins. */
  add(match: FaultMatch, fault: Fault): () => void;
  take(call: FaultedCall): Fault | undefined;
}

export function createFaults(): Faults {
  let active: { readonly match: FaultMatch; readonly fault: Fault; left: number }[] = [];
  return {
    add(match, fault) {
      const entry = { match, fault, left: match.times ?? Number.POSITIVE_INFINITY };
      active.unshift(entry);
      return () => {
        active = active.filter((other) => other !== entry);
      };
    },
    take(call) {
      const found = active.find(
        ({ match, left }) =>
          left > 0 &&
          matches(match.action ?? '*', call.action) &&
          (match.region === undefined || match.region === call.region) &&
          (match.name === undefined || call.names.includes(match.name)) &&
          (match.role === undefined || [call.roleArn, ...call.names].includes(match.role)),
      );
      if (found !== undefined) found.left -= 1;
      return found?.fault;
    },
  };
}
