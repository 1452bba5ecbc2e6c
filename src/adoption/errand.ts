import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { PREFIX } from '../names.ts';
import type { Policy, UnreadablePolicy } from '../policy/policy.ts';
import type { Errand } from './carry-out.ts';

/** Who sends. */
export interface Sender extends Pick<Errand, 'account' | 'definitionUid' | 'dryRun'> {
  readonly namespace: ObjectMeta;
  readonly policy: Policy | UnreadablePolicy | undefined;
}

/** What is the same for all errands of a process. */
export interface ErrandOptions {
  /** @throws LatchkeyError LK-NO-SERVICE-ACCOUNT */
  readonly serviceAccount: (namespace: string, name: string, freshAfter: number) => Promise<ObjectMeta>;
  /** `--region`. */
  readonly region?: string;
  /** `--allow-secret-types`. */
  readonly allowedSecretTypes: readonly string[];
}

/** Puts together under which rules a definition is carried out. */
export function errandOf(
  { namespace, policy, ...sender }: Sender,
  options: ErrandOptions,
  { freshAfter, signal }: Pick<Errand, 'freshAfter' | 'signal'>,
): Errand {
  const { name, labels, annotations } = namespace;
  const region = annotations[`${PREFIX}region`] ?? options.region;
  const around = { namespace: name, namespaceLabels: labels, namespaceAnnotations: annotations };
  return {
    ...sender,
    surroundings: { ...around, ...(policy === undefined ? {} : { policy }) },
    context: {
      ...around,
      ...(region === undefined ? {} : { region }),
      allowedSecretTypes: options.allowedSecretTypes,
    },
    serviceAccount: (at, other) => options.serviceAccount(at, other, freshAfter),
    freshAfter,
    signal,
  };
}
