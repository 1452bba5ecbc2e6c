import type { Problem } from '../errors.ts';
import { CONTAINER_VOLUMES, RESERVED_PREFIX, VOLUME_VOLUMES_TOKEN } from '../names.ts';
import { printable, quoted } from '../quote.ts';

/** Whether a container or volume name is ours alone to give. */
export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED_PREFIX);
}

/** What of ours is in a pod for what its annotations ask, and what is there for its CSI volumes: each looks after its own. */
export type Part = 'annotations' | 'volumes';

const OF_VOLUMES: readonly string[] = [CONTAINER_VOLUMES, VOLUME_VOLUMES_TOKEN];

/** Whether a reserved name belongs to this part. */
export function isOfPart(part: Part, name: string): boolean {
  return isReserved(name) && OF_VOLUMES.includes(name) === (part === 'volumes');
}

/** A container whose name is reserved and which is not what Latchkey adds. */
export function reservedContainer(name: string): Problem {
  return reserved('container', name);
}

/** A volume whose name is reserved and which is not what Latchkey adds. */
export function reservedVolume(name: string): Problem {
  return reserved('volume', name);
}

function reserved(kind: 'container' | 'volume', name: string): Problem {
  return {
    code: 'LK-RESERVED',
    place: `${kind} ${printable(name)}`,
    field: kind === 'volume' ? 'spec.volumes' : 'spec.containers',
    message: `names that begin with ${quoted(RESERVED_PREFIX)} are reserved, and this ${kind} is not what Latchkey adds`,
    remedy: `Give the ${kind} another name, or remove it. Latchkey adds its own when the pod is admitted.`,
  };
}
