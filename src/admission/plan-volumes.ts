import { volumesPlan, type MountedClass } from '../definitions/ascp/volumes-plan.ts';
import type { FoundClass, FoundClasses } from '../adoption/provider-classes.ts';
import { LatchkeyError, type Problem } from '../errors.ts';
import type { ClassVolume } from '../request/class-volumes.ts';
import { loadJmesPath } from '../request/jmes-path.ts';
import type { Planned } from '../request/plan.ts';
import type { Pod } from '../request/pod.ts';
import { problemAt } from '../request/problems.ts';
import { isNonEmpty } from './problems.ts';

/** The CSI volumes of a pod, and what was found of their classes. */
export interface PodVolumes {
  readonly volumes: readonly ClassVolume[];
  readonly found: FoundClasses;
}

/** The plan of the volumes whose classes are for us; everything that is wrong with any of them is told together. */
export async function planVolumes(pod: Pod, { volumes, found }: PodVolumes): Promise<Planned> {
  const problems: Problem[] = [];
  const mounted: MountedClass[] = [];
  for (const volume of volumes) {
    // What is wrong with a class is told once, however many volumes mount it.
    const first = volumes.find(({ className }) => className === volume.className) === volume;
    if (volume.className === '') problems.push(namesNone(volume));
    const answer = found.get(volume.className);
    if (answer instanceof LatchkeyError) problems.push(problemAt(volume.place, answer));
    else if (answer?.kind === 'problems') problems.push(...(first ? answer.problems : []));
    else if (answer?.kind === 'class') mounted.push({ volume, providerClass: answer.providerClass });
  }
  const planned = mounted.length === 0 ? NOTHING : await planMounted(pod, mounted);
  const all = [...problems, ...(planned.kind === 'problems' ? planned.problems : [])];
  return isNonEmpty(all) ? { kind: 'problems', problems: all } : planned;
}

function namesNone({ place }: ClassVolume): Problem {
  return {
    code: 'LK-DEFINITION',
    place: place.label,
    field: place.field,
    message: 'it names no SecretProviderClass',
    remedy: 'Write volumeAttributes.secretProviderClass.',
  };
}

const NOTHING: Planned = { kind: 'skip', reason: 'its CSI volumes are of other providers' };

async function planMounted(pod: Pod, mounted: readonly MountedClass[]): Promise<Planned> {
  const isAsked = mounted.some(({ providerClass }) =>
    providerClass.files.some(({ source }) => source.jmesPath !== undefined),
  );
  return volumesPlan(pod, mounted, { jmesPath: isAsked ? await loadJmesPath() : undefined });
}

/** What a decision about these volumes rests on. */
export function classesOf({
  volumes,
  found,
}: PodVolumes): readonly (FoundClass | LatchkeyError | undefined)[] {
  return volumes.map(({ className }) => found.get(className));
}
