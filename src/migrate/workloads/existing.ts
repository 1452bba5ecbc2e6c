import { narrowPod } from '../../admission/narrow-pod.ts';
import { textsAt, recordAt } from '../../manifests/objects.ts';
import { planTemplate } from '../../manifests/plan-template.ts';
import { type TemplatePod, templatePod } from '../../manifests/template-pod.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import { PREFIX } from '../../names.ts';
import { targetNames, placedContainers } from '../../request/containers.ts';
import type { Plan, PlanDefaults, Planned } from '../../request/plan.ts';
import type { Pod } from '../../request/pod.ts';
import { withoutNulls } from './without-nulls.ts';

/** A pod template before anything is converted, and what it asks for already. */
export interface Existing {
  readonly pod: Pod;
  /** Ours, without the prefix. */
  readonly annotations: ReadonlyMap<string, string>;
  /** Absent where it asks for nothing yet. */
  readonly plan?: Plan;
  /** The containers that annotations speak to where nothing else is said. */
  readonly defaultTargets: readonly string[];
}

/** A template as the planner sees it: what is null is absent to the API server. */
export function plannable(template: PodTemplate, defaultNamespace: string): TemplatePod {
  const pod = templatePod(template, defaultNamespace);
  return { ...pod, json: withoutNulls(pod.json) };
}

export function planOf(pod: TemplatePod, defaults: PlanDefaults): Planned {
  return planTemplate(pod, defaults).planned;
}

/** @throws LatchkeyError for what is no pod */
export function readExisting(
  pod: TemplatePod,
  planned: Planned,
  skipContainers: readonly string[],
): Existing {
  const narrowed = narrowPod(pod.json);
  const ours = Object.entries(textsAt(recordAt(pod.json, 'metadata'), 'annotations')).flatMap(
    ([key, text]) => (key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), text] as const] : []),
  );
  return {
    pod: narrowed,
    annotations: new Map(ours),
    ...(planned.kind === 'plan' ? { plan: planned.plan } : {}),
    defaultTargets: defaultTargets(narrowed, skipContainers),
  };
}

function defaultTargets(pod: Pod, skipContainers: readonly string[]): readonly string[] {
  try {
    return targetNames(placedContainers(pod), undefined, skipContainers);
  } catch {
    return [];
  }
}
