import type { Glob } from './glob.ts';
import type { Selector } from './selector.ts';

/** One rule of the operator's file. It permits a wish only as a whole: delivery, audience, roles and name together. */
export interface Rule {
  /** The rule's index in the file. */
  readonly index: number;
  readonly namespaces: {
    /** Absent: every name. */
    readonly names?: readonly Glob[];
    /** Absent: every namespace. */
    readonly selector?: Selector;
  };
  readonly names: readonly Glob[];
  /** Absent: any role that trusts the pod's service account; for the webhook's own identity only that identity itself. */
  readonly roles?: readonly Glob[];
  /** Absent: any that the server has switched on. */
  readonly deliveries?: readonly Glob[];
  /** Absent: any of `--token-audiences`. */
  readonly audiences?: readonly Glob[];
}

/** The operator's file, read and checked. A pod that no rule speaks of is refused. */
export interface Policy {
  readonly kind: 'policy';
  readonly rules: readonly Rule[];
}

/** There should be a policy, but it cannot be read. Everything is refused. */
export interface UnreadablePolicy {
  readonly kind: 'unreadable';
  /** For the message: never text of a parser or of the file. */
  readonly reason: string;
}
