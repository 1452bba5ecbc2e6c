import { completeSecret, type Completed, type CompleteOptions } from '../adoption/complete-secret.ts';
import { errandOf, type ErrandOptions } from '../adoption/errand.ts';
import { readSecretName } from '../delivery/secret-name.ts';
import { LatchkeyError, ProblemsError } from '../errors.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import type { Policy, UnreadablePolicy } from '../policy/policy.ts';
import type { Candidate } from './candidate.ts';
import { isLeftOut, isMarkedNamespace } from './marked-namespaces.ts';

export interface KeepOptions extends CompleteOptions, ErrandOptions {
  /** @throws LatchkeyError LK-KUBERNETES when it does not exist */
  readonly namespace: (name: string, freshAfter: number) => Promise<ObjectMeta>;
  readonly policy: () => Promise<Policy | UnreadablePolicy | undefined>;
}

/**
 * Carries one definition out without a pod.
 * @param freshAfter what was read before is not accepted (clock.now, ms); of the definition itself nothing that was read before is
 * @throws as `completeSecret`
 */
export type KeepSecret = (
  candidate: Candidate,
  freshAfter: number,
  signal: AbortSignal,
) => Promise<Completed | 'not-wanted'>;

/** AWS, tokens and the API server together; each of them has a limit of its own. */
const PATIENCE_MS = 30_000;

export function createKeepSecret(options: KeepOptions): KeepSecret {
  const { api } = options;
  return async (candidate, freshAfter, outer) => {
    const { definition, secretName, isMarked, refresh } = candidate;
    const signal = AbortSignal.any([outer, AbortSignal.timeout(PATIENCE_MS)]);
    const namespace = await options.namespace(definition.namespace, freshAfter);
    if (isLeftOut(namespace) || !(isMarked || isMarkedNamespace(namespace))) return 'not-wanted';
    if (readSecretName(secretName) !== undefined) throw ofManagedName();
    if (refresh.kind === 'once' && (await api.secret(namespace.name, secretName, signal)) !== undefined)
      return { outcome: 'unchanged', warnings: [] };
    const policy = await options.policy();
    const sender = {
      account: undefined,
      definitionUid: definition.uid,
      dryRun: false,
      namespace,
      policy,
    };
    try {
      return await completeSecret(secretName, errandOf(sender, options, { freshAfter, signal }), options);
    } catch (error) {
      // It makes another Secret by now, or none: what it makes is told at once by who follows definitions.
      if (isGone(error)) return 'not-wanted';
      throw error;
    }
  };
}

/** What is there under such a name is taken for what Latchkey delivers: nobody else may choose what it holds. */
function ofManagedName(): LatchkeyError {
  return new LatchkeyError(
    'LK-DEFINITION',
    'the Secret has a name of the form that Latchkey gives to what it delivers to pods',
    'Give it another name.',
  );
}

function isGone(error: unknown): boolean {
  return (
    error instanceof LatchkeyError && error.code === 'LK-NO-DEFINITION' && !(error instanceof ProblemsError)
  );
}
