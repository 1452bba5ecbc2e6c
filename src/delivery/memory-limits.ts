import type { Problem } from '../errors.ts';
import type { Plan } from '../request/plan.ts';
import type { Pod } from '../request/pod.ts';
import { isOptionalItem } from './memory-slots.ts';
import { isAbsolute } from './path-names.ts';

const DELIVERY = { place: 'delivery memory', field: 'metadata.annotations[latchkey.dev/delivery]' } as const;

/** What `memory` delivery cannot do for this pod, whatever the values are. */
export function memoryProblems(pod: Pod, plan: Plan): readonly Problem[] {
  return [...windows(pod), ...optionalPaths(plan)];
}

/** Windows nodes have no memory-backed volumes, and our image is a Linux one. */
function windows({ spec }: Pod): readonly Problem[] {
  const isWindows = spec.os?.name === 'windows' || spec.nodeSelector?.['kubernetes.io/os'] === 'windows';
  if (!isWindows) return [];
  return [
    {
      ...DELIVERY,
      code: 'LK-WINDOWS',
      message:
        'the pod runs on Windows, whose nodes have no memory volumes and cannot run the init container',
      remedy: 'Use delivery secret, which works on Windows.',
    },
  ];
}

/** The mount exists before anyone knows whether there is a value: the kubelet would make an empty directory there. */
function optionalPaths(plan: Plan): readonly Problem[] {
  return plan.items
    .filter((item) => item.slot.kind === 'file' && isAbsolute(item.slot.path) && isOptionalItem(item))
    .map(({ place }) => ({
      code: 'LK-FILES',
      place: place.label,
      field: place.field,
      message:
        'with delivery memory an optional file cannot have an absolute path: without a value an empty directory would stand there',
      remedy:
        'Put the file below the mount path, give it default= instead of optional=true, or use delivery secret.',
    }));
}
