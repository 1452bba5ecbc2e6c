import type { Policy, UnreadablePolicy } from './policy.ts';

/** Who asks, and everything that limits them. */
export interface PermitContext {
  readonly namespace: string;
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly serviceAccountAnnotations: Readonly<Record<string, string>>;
  /** Role ARNs in the order in which they are assumed; empty where the credentials name their own. */
  readonly roleChain: readonly string[];
  /** The role that the webhook itself has, where it reads with its own identity and has one: the first of the chain. */
  readonly ownRole?: string;
  /** The audience of the token that is requested; absent where none is. */
  readonly audience?: string;
  readonly identity: 'pod' | 'controller';
  /** The operator's file; absent where the operator gave none. */
  readonly policy?: Policy | UnreadablePolicy;
}
