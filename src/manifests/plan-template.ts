import { narrowPod } from '../admission/narrow-pod.ts';
import { LatchkeyError } from '../errors.ts';
import { PREFIX } from '../names.ts';
import { makePlan } from '../request/make-plan.ts';
import type { PlanDefaults, Planned } from '../request/plan.ts';
import { isRegion } from '../request/regions.ts';
import { type Json, recordAt, textAt } from './objects.ts';
import type { TemplatePod } from './template-pod.ts';

/** Stands for the operator's `--region` where nobody says which it is. */
export const ASSUMED_REGION = 'us-east-1';

/** Some region, for what names none: beside a failover region another one of the same partition, as the server's would be. */
export function assumedRegion(failover = ''): string {
  const beside = failover.trim().replace(/\d+$/, (number) => (number === '1' ? '2' : '1'));
  return isRegion(beside) ? beside : ASSUMED_REGION;
}

/** {@link assumedRegion} for a pod. */
export function assumedRegionOf(pod: Json): string {
  return assumedRegion(
    textAt(recordAt(recordAt(pod, 'metadata'), 'annotations'), `${PREFIX}failover-region`),
  );
}

/** What is wrong with a template that {@link narrowPod} does not take, without its place. */
export const NOT_A_POD = {
  code: 'LK-SYNTAX',
  place: 'pod',
  message: 'this is not what a pod looks like: a part that Latchkey reads has another type',
  remedy:
    'Compare it with `kubectl explain pod.spec`; annotations and values of variables are text, in quotes.',
} as const;

/** A plan, and whether {@link assumedRegion} had to stand in for a region that nobody named. */
export interface PlannedTemplate {
  readonly planned: Planned;
  readonly regionAssumed: boolean;
}

/**
 * Plans a pod of the input. Without a region in `defaults`, that of the server is simply not known here: references that
 * name none are no problem then.
 */
export function planTemplate(pod: TemplatePod, defaults: PlanDefaults): PlannedTemplate {
  const planned = plan(pod, defaults);
  const noRegion = planned.kind === 'problems' && planned.problems.some(({ code }) => code === 'LK-REGION');
  if (!noRegion || defaults.region !== undefined) return { planned, regionAssumed: false };
  return { planned: plan(pod, { ...defaults, region: assumedRegionOf(pod.json) }), regionAssumed: true };
}

function plan(pod: TemplatePod, defaults: PlanDefaults): Planned {
  try {
    return makePlan(narrowPod(pod.json), defaults);
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    return { kind: 'problems', problems: [{ ...NOT_A_POD, field: '' }] };
  }
}
