import type { PlanDefaults, Planned } from './plan.ts';
import type { Pod } from './pod.ts';

export function makePlan(pod: Pod, defaults: PlanDefaults): Planned {
  void pod;
  void defaults;
  return { kind: 'skip', reason: 'asks for nothing' };
}
