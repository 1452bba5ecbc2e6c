import { INJECTION } from '../names.ts';
import { isOurAnnotation } from './annotation-names.ts';
import { asksInPlace } from './in-place-value.ts';
import type { PlanDefaults } from './plan.ts';
import type { Container, Pod } from './pod.ts';

const DISABLED = 'disabled';

function isDisabled(map: Readonly<Record<string, string>> | undefined): boolean {
  return map !== undefined && Object.hasOwn(map, INJECTION) && map[INJECTION]?.trim() === DISABLED;
}

function podOptedOut({ metadata }: Pod): string | undefined {
  if (isDisabled(metadata.annotations)) return `the pod's annotation ${INJECTION} is ${DISABLED}`;
  return isDisabled(metadata.labels) ? `the pod's label ${INJECTION} is ${DISABLED}` : undefined;
}

/** Why a pod gets nothing although it may ask for something; `undefined` where nobody opted out. */
export function optedOut(pod: Pod, defaults: PlanDefaults): string | undefined {
  const ofPod = podOptedOut(pod);
  if (ofPod !== undefined) return ofPod;
  return optedOutNamespace({
    annotations: defaults.namespaceAnnotations,
    ...(defaults.namespaceLabels === undefined ? {} : { labels: defaults.namespaceLabels }),
  });
}

/** The same for all pods of a namespace. */
export function optedOutNamespace({
  annotations,
  labels,
}: {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}): string | undefined {
  if (isDisabled(annotations)) return `the namespace's annotation ${INJECTION} is ${DISABLED}`;
  return isDisabled(labels) ? `the namespace's label ${INJECTION} is ${DISABLED}` : undefined;
}

/** The reason of a skip where nothing is asked for. */
export const ASKS_FOR_NOTHING = 'asks for nothing';

/**
 * Why a pod gets nothing, as far as a glance at the pod alone can say: a plan costs a hundred times as much, and needs the
 * pod's namespace. `undefined` where there must be a plan to know.
 */
export function skipAtSight(pod: Pod): string | undefined {
  const reason = podOptedOut(pod);
  if (reason !== undefined) return reason;
  const { containers, initContainers = [] } = pod.spec;
  const mentioned =
    Object.keys(pod.metadata.annotations ?? {}).some(isOurAnnotation) ||
    containers.some(hasInPlace) ||
    initContainers.some(hasInPlace);
  return mentioned ? undefined : ASKS_FOR_NOTHING;
}

function hasInPlace({ env = [] }: Container): boolean {
  return env.some(({ value }) => value !== undefined && asksInPlace(value));
}
