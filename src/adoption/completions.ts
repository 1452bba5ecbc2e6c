import { abortable } from '../abortable.ts';
import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import type { Policy, UnreadablePolicy } from '../policy/policy.ts';
import { createFreshCache } from '../stores/cache.ts';
import { completeSecret, type Completed, type CompleteOptions } from './complete-secret.ts';
import { errandOf, type ErrandOptions } from './errand.ts';
import { createObjectIds } from './object-ids.ts';

/** Whose pod, where, and under which rules. */
export interface Asker {
  readonly namespace: ObjectMeta;
  /** The pod's service account. */
  readonly account: ObjectMeta;
  readonly policy: Policy | UnreadablePolicy | undefined;
  /** This caller's patience. Its abort ends its wait and nobody else's. */
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
}

/**
 * Completes a Secret; one for all pods of a revision, however many arrive at once.
 * @param freshAfter nothing that was read before is accepted (clock.now, ms)
 * @throws as `completeSecret`; LatchkeyError LK-TIMEOUT
 */
export type Complete = (name: string, asker: Asker, freshAfter: number) => Promise<Completed>;

export interface CompletionsOptions extends CompleteOptions, ErrandOptions {
  readonly clock: Clock;
  readonly cacheTtlMs: number;
  readonly onCompleted?: (outcome: Completed['outcome']) => void;
}

/** What is shared by many pods does not end with one pod's review. */
const LOAD_MS = 9_000;
const REMEMBERED = 20_000;

export function createCompletions(options: CompletionsOptions): Complete {
  const { clock, index, cacheTtlMs } = options;
  const completions = createFreshCache<Completed>({ clock, maxEntries: REMEMBERED });
  const idOf = createObjectIds();

  return async (name, asker, freshAfter) => {
    const { namespace, account, policy, signal, dryRun } = asker;
    const { version } = await index.makers(namespace.name, name, signal);
    // What was read anew is another object, so a new role, rule or definition is never answered with what was before.
    const grounds = [namespace, account, policy].map(idOf);
    const key = JSON.stringify([namespace.name, name, version, account.name, grounds, dryRun]);
    const load = async (): Promise<Completed> => {
      // Whoever joins this load arrived before now, so what is read from now on is fresh for all of them.
      const times = { freshAfter: clock.now(), signal: AbortSignal.timeout(LOAD_MS) };
      const sender = { namespace, account, policy, dryRun };
      const completed = await completeSecret(name, errandOf(sender, options, times), options);
      options.onCompleted?.(completed.outcome);
      return completed;
    };
    return await abortable(completions.get(key, { freshAfter, ttlMs: cacheTtlMs }, load), signal, tooLate);
  };
}

function tooLate(): LatchkeyError {
  return new LatchkeyError(
    'LK-TIMEOUT',
    'it could not be made within the time that this request has',
    'Try again; a longer timeoutSeconds of the webhook may help.',
  );
}
