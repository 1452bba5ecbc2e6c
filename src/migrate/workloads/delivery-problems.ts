import { narrowPod } from '../../admission/narrow-pod.ts';
import { fileAccess, SECRET_VOLUME } from '../../delivery/file-access.ts';
import type { Problem } from '../../errors.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import type { PlanDefaults, Planned } from '../../request/plan.ts';
import { plannable } from './existing.ts';

/** What the delivery of the plan would refuse, as far as a manifest tells. */
export function deliveryProblems(
  template: PodTemplate,
  planned: Planned,
  { namespace }: Pick<PlanDefaults, 'namespace'>,
): readonly Problem[] {
  if (planned.kind !== 'plan') return [];
  return fileAccess(narrowPod(plannable(template, namespace).json), planned.plan, SECRET_VOLUME).problems;
}
