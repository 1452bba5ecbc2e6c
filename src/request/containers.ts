import { LatchkeyError } from '../errors.ts';
import { PREFIX } from '../names.ts';
import { quoted } from '../quote.ts';
import { didYouMean } from '../nearest.ts';
import { carriesDelivery, isOurContainer } from './ours.ts';
import type { Container, Pod } from './pod.ts';

/** A container with its place in the pod. */
export interface PlacedContainer {
  readonly container: Container;
  /** `spec.containers[0]` or `spec.initContainers[0]`. */
  readonly field: string;
}

function placed(list: readonly Container[], field: string): readonly PlacedContainer[] {
  return list.map((container, index) => ({ container, field: `${field}[${index}]` }));
}

/** Every container that is not ours: init containers first, each list in the pod's order. */
export function placedContainers({ spec }: Pick<Pod, 'spec'>): readonly PlacedContainer[] {
  return [
    ...placed(spec.initContainers ?? [], 'spec.initContainers'),
    ...placed(spec.containers, 'spec.containers'),
  ].filter(({ container }) => !isOurContainer(container));
}

function named(text: string, names: readonly string[]): readonly string[] {
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown === undefined) return names.filter((name) => asked.includes(name));
  throw new LatchkeyError(
    'LK-CONTAINER',
    unknown === '' ? 'a container name is empty' : `the pod has no container ${quoted(unknown)}`,
    `Its containers are ${names.map((name) => quoted(name)).join(', ')}.${didYouMean(unknown, names)}`,
  );
}

/**
 * The names of the containers that get variables and files, in the pod's order. By default all but those that the
 * operator skips; in a pod that already carries our delivery exactly those that carry it, so that a sidecar which another
 * webhook adds between the rounds gets none. Throws LK-CONTAINER for an unknown name, or where no container is left.
 *
 * @param asked the annotation `containers`
 */
export function targetNames(
  containers: readonly PlacedContainer[],
  asked: string | undefined,
  skipped: readonly string[],
): readonly string[] {
  const names = containers.map(({ container }) => container.name);
  if (asked !== undefined) return named(asked, names);
  const carrying = containers.filter(({ container }) => carriesDelivery(container));
  if (carrying.length > 0) return carrying.map(({ container }) => container.name);
  const left = names.filter((name) => !skipped.includes(name));
  if (left.length > 0) return left;
  throw new LatchkeyError(
    'LK-CONTAINER',
    'the operator skips every container of this pod',
    `Name the containers in ${PREFIX}containers.`,
  );
}
