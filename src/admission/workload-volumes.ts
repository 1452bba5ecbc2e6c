import type { Clock } from '../clock.ts';
import { describe, LatchkeyError, type Problem } from '../errors.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { PREFIX } from '../names.ts';
import { permit } from '../policy/permit.ts';
import type { Planned } from '../request/plan.ts';
import { skipAtSight } from '../request/skip.ts';
import type { Resolver } from '../stores/resolver.ts';
import type { Intake } from './intake.ts';
import type { CaseSources, Planned as PlannedCase } from './make-case.ts';
import { planVolumes } from './plan-volumes.ts';
import type { PodAdoption } from './pod-secrets.ts';
import { deliver, type Deliverers } from './pods.ts';
import { isNonEmpty } from './problems.ts';
import type { ReviewContext } from './reviewer.ts';
import { makeWorkloadCase } from './workload-case.ts';
import { preflight } from './workload-preflight.ts';

export interface VolumeAdviceOptions extends CaseSources {
  readonly adoption: Pick<PodAdoption, 'appliesTo' | 'completedOf' | 'findClasses'>;
  readonly deliverers: Deliverers;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly asksAws: boolean;
}

/**
 * What a workload's pods would be refused for because of their CSI volumes, if nothing else is applied. Never more than advice:
 * the SecretProviderClass may be applied a moment after the workload, or changed. One that is not there is no news.
 */
export async function volumeAdvice(
  intake: Intake,
  context: ReviewContext,
  options: VolumeAdviceOptions,
): Promise<readonly string[]> {
  try {
    return (await problemsIn(intake, context, options)).map(describe);
  } catch (error) {
    if (error instanceof LatchkeyError) return [];
    throw error;
  }
}

async function problemsIn(
  intake: Intake,
  context: ReviewContext,
  options: VolumeAdviceOptions,
): Promise<readonly Problem[]> {
  const freshAfter = context.receivedAt;
  const namespace = await options.surroundings?.namespace(intake.namespace, freshAfter);
  if (namespace === undefined || !options.adoption.appliesTo(namespace)) return [];
  const planned = await plan(intake, namespace, context, options);
  if (planned.kind !== 'plan') return planned.kind === 'skip' ? [] : planned.problems;
  const around = { freshAfter, namespace };
  return await check({ intake, plan: planned.plan, around, context, dryRun: true }, options);
}

async function plan(
  { pod }: Intake,
  namespace: ObjectMeta,
  { deadline, receivedAt: freshAfter, signal }: ReviewContext,
  { adoption }: VolumeAdviceOptions,
): Promise<Planned> {
  const isOff = pod.metadata.annotations?.[`${PREFIX}preflight`]?.trim() === 'off';
  const mounted = isOff ? [] : (adoption.completedOf(pod, skipAtSight(pod))?.volumes ?? []);
  const names = mounted.map(({ className }) => className);
  const asked = { namespace, revision: undefined, freshAfter, deadline, signal, dryRun: true };
  const found = await adoption.findClasses(names, asked);
  const volumes = mounted.filter(({ className }) => !(found.get(className) instanceof LatchkeyError));
  return await planVolumes(pod, { volumes, found });
}

async function check(planned: PlannedCase, options: VolumeAdviceOptions): Promise<readonly Problem[]> {
  const { deliverers, resolver, clock, asksAws } = options;
  const checked = await makeWorkloadCase(planned, options);
  const denied = permit(planned.plan, checked.review.permit);
  if (isNonEmpty(denied)) return denied;
  const delivered = await deliver(checked.review, deliverers);
  if (delivered.kind === 'refuse') return delivered.problems;
  const { deadline } = planned.context;
  return (await preflight(checked, { resolver, clock, asksAws, deadline })).refusals;
}
