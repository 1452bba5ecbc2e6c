import type { Adopted, Adoption } from '../adoption/adoption.ts';
import type { ProviderClasses } from '../adoption/provider-classes.ts';
import { LatchkeyError } from '../errors.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { ADOPTION, ADOPTION_VALUES } from '../names.ts';
import { classVolumes, type ClassVolume } from '../request/class-volumes.ts';
import type { Pod } from '../request/pod.ts';
import { secretUses, type SecretUse } from '../request/secret-uses.ts';
import { ASKS_FOR_NOTHING, optedOutNamespace } from '../request/skip.ts';
import { readGrounds, type GroundSources } from './grounds.ts';
import type { Intake } from './intake.ts';
import type { Around } from './make-case.ts';
import { isNonEmpty, isOurFault, problemsOf } from './problems.ts';
import type { Decision } from './respond.ts';
import type { AdmissionRequest } from './review.ts';
import type { ReviewContext } from './reviewer.ts';
import { claimedController, claimedRevision } from './revision.ts';

/** What definitions complete of a pod. */
export interface Completed {
  readonly uses: readonly SecretUse[];
  /** Its volumes of the Secrets Store CSI driver. */
  readonly volumes: readonly ClassVolume[];
}

/** The Secrets that pods refer to, and the definitions that make them. */
export interface PodAdoption {
  /** What of a pod matters; nothing for a pod that is skipped for any other reason than that it asks for nothing. */
  completedOf(pod: Pod, skipped: string | undefined): Completed | undefined;
  /** Whether definitions are carried out in a namespace. */
  appliesTo(namespace: ObjectMeta | undefined): boolean;
  adopt: Adoption['adopt'];
  findClasses: ProviderClasses['find'];
  /** A pod was admitted with what AWS gave no answer about. */
  readonly onStale: (place: { readonly namespace: string; readonly pod: Pod }, message: string) => void;
}

export function createPodAdoption(
  adoption: Adoption,
  classes: ProviderClasses,
  onStale: PodAdoption['onStale'],
): PodAdoption {
  return {
    completedOf(pod, skipped) {
      if (skipped !== undefined && skipped !== ASKS_FOR_NOTHING) return undefined;
      const completed = { uses: adoption.concerns(secretUses(pod)), volumes: classVolumes(pod) };
      return completed.uses.length > 0 || completed.volumes.length > 0 ? completed : undefined;
    },
    findClasses: classes.find,
    appliesTo: (namespace) =>
      namespace !== undefined &&
      optedOutNamespace(namespace) === undefined &&
      ADOPTION_VALUES.some((value) => value === namespace.labels[ADOPTION]),
    adopt: adoption.adopt,
    onStale,
  };
}

export interface PodSecrets {
  readonly intake: Intake;
  readonly around: Around;
  readonly request: AdmissionRequest;
  readonly context: ReviewContext;
  readonly uses: readonly SecretUse[];
}

/** Completes the Secrets of one pod, and tells of what was used although AWS is away. */
export async function completeSecrets(
  { intake, around, request, context, uses }: PodSecrets,
  adoption: PodAdoption,
  sources: GroundSources,
): Promise<Adopted> {
  const { pod, namespace: name, serviceAccount } = intake;
  const { freshAfter } = around;
  try {
    const { namespace, serviceAccount: account, policy } = await readGrounds(intake, around, sources);
    if (namespace === undefined || account === undefined) return { problems: [], warnings: [], stale: [] };
    const adopted = await adoption.adopt({
      uses,
      namespace,
      account,
      policy,
      ofJob: isOfJob(pod),
      revision: claimedRevision(pod, name, serviceAccount, undefined),
      freshAfter,
      deadline: context.deadline,
      signal: context.signal,
      dryRun: request.dryRun,
    });
    const isAdmitted = adopted.problems.length === 0 && !request.dryRun;
    if (isAdmitted && isNonEmpty(adopted.stale))
      adoption.onStale({ namespace: name, pod }, adopted.stale.join('; '));
    return adopted;
  } catch (error) {
    if (!(error instanceof LatchkeyError) || isOurFault(error)) throw error;
    return { problems: problemsOf(error), warnings: [], stale: [] };
  }
}

/** What a pod asks for and what it refers to, as one decision. */
export function joined(asked: Decision, { problems, warnings: more }: Adopted): Decision {
  const warnings = [...asked.warnings, ...more];
  const facts = asked.facts === undefined ? {} : { facts: asked.facts };
  const all = [...(asked.kind === 'refuse' ? asked.problems : []), ...problems];
  if (isNonEmpty(all)) return { kind: 'refuse', problems: all, warnings, ...facts };
  if (asked.kind === 'allow')
    return { ...asked, reason: `its Secrets are there (${asked.reason})`, warnings };
  return { ...asked, warnings };
}

function isOfJob(pod: Pod): boolean {
  return claimedController(pod)?.kind === 'Job';
}
