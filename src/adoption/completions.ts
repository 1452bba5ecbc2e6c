import { abortable } from '../abortable.ts';
import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { PREFIX } from '../names.ts';
import type { Policy, UnreadablePolicy } from '../policy/policy.ts';
import { createFreshCache } from '../stores/cache.ts';
import type { Errand } from './carry-out.ts';
import { completeSecret, type Completed, type CompleteOptions } from './complete-secret.ts';
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

export interface CompletionsOptions extends CompleteOptions {
  readonly clock: Clock;
  readonly cacheTtlMs: number;
  /** @throws LatchkeyError LK-NO-SERVICE-ACCOUNT */
  readonly serviceAccount: (namespace: string, name: string, freshAfter: number) => Promise<ObjectMeta>;
  /** `--region`. */
  readonly region?: string;
  /** `--allow-secret-types`. */
  readonly allowedSecretTypes: readonly string[];
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
      const completed = await completeSecret(name, errandOf(asker, options), options);
      options.onCompleted?.(completed.outcome);
      return completed;
    };
    return await abortable(completions.get(key, { freshAfter, ttlMs: cacheTtlMs }, load), signal, tooLate);
  };
}

function errandOf({ namespace, account, policy, dryRun }: Asker, options: CompletionsOptions): Errand {
  // Whoever joins this load arrived before now, so what is read from now on is fresh for all of them.
  const freshAfter = options.clock.now();
  const { name, labels, annotations } = namespace;
  const region = annotations[`${PREFIX}region`] ?? options.region;
  const around = { namespace: name, namespaceLabels: labels, namespaceAnnotations: annotations };
  return {
    account,
    surroundings: { ...around, ...(policy === undefined ? {} : { policy }) },
    context: {
      ...around,
      ...(region === undefined ? {} : { region }),
      allowedSecretTypes: options.allowedSecretTypes,
    },
    serviceAccount: (at, other) => options.serviceAccount(at, other, freshAfter),
    freshAfter,
    signal: AbortSignal.timeout(LOAD_MS),
    dryRun,
  };
}

function tooLate(): LatchkeyError {
  return new LatchkeyError(
    'LK-TIMEOUT',
    'it could not be made within the time that this request has',
    'Try again; a longer timeoutSeconds of the webhook may help.',
  );
}
