import { INJECTION } from '../names.ts';
import type { PlanDefaults } from './plan.ts';
import type { Pod } from './pod.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const DISABLED = 'disabled';

function isDisabled(map: Readonly<Record<string, string>> | undefined): boolean {
  return map !== undefined && Object.hasOwn(map, INJECTION) && map[INJECTION] === DISABLED;
}

/** Why a pod gets nothing although it may ask for something; `undefined` where nobody opted out. */
export function optedOut({ metadata }: Pod, defaults: PlanDefaults): string | undefined {
  // The kubelet's copy of a static pod: what is patched here never reaches the pod that runs.
  if (Object.hasOwn(metadata.annotations ?? {}, MIRROR)) return 'a mirror pod';
  if (isDisabled(metadata.annotations)) return `the pod's annotation ${INJECTION} is ${DISABLED}`;
  if (isDisabled(metadata.labels)) return `the pod's label ${INJECTION} is ${DISABLED}`;
  if (isDisabled(defaults.namespaceAnnotations))
    return `the namespace's annotation ${INJECTION} is ${DISABLED}`;
  return isDisabled(defaults.namespaceLabels)
    ? `the namespace's label ${INJECTION} is ${DISABLED}`
    : undefined;
}
