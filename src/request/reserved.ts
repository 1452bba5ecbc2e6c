import { LatchkeyError } from '../errors.ts';
import {
  RESERVED_PREFIX,
  VOLUME_ENV,
  VOLUME_FILES,
  VOLUME_PATHS,
  VOLUME_TOKEN,
  VOLUME_VOLUMES_TOKEN,
} from '../names.ts';
import { printable } from '../quote.ts';
import { isOurContainer } from './ours.ts';
import type { Pod } from './pod.ts';
import type { Problems } from './problems.ts';
import { problemAt } from './problems.ts';

const OUR_VOLUMES: readonly string[] = [
  VOLUME_ENV,
  VOLUME_FILES,
  VOLUME_PATHS,
  VOLUME_TOKEN,
  VOLUME_VOLUMES_TOKEN,
];

interface Named {
  readonly kind: 'container' | 'volume';
  readonly name: string;
  readonly field: string;
}

function namesOf({ spec }: Pod): readonly Named[] {
  const list = (
    kind: Named['kind'],
    key: string,
    entries: readonly { readonly name: string }[],
  ): readonly Named[] =>
    entries.map(({ name }, index) => ({ kind, name, field: `spec.${key}[${index}].name` }));
  return [
    ...list('container', 'initContainers', spec.initContainers ?? []),
    ...list('container', 'containers', spec.containers),
    ...list('volume', 'volumes', spec.volumes ?? []),
  ];
}

/**
 * Reports containers and volumes whose names only Latchkey may give and that it never gives. Whether one with a name of
 * ours is what we would write is for the delivery to say, which writes it.
 */
export function checkReserved(pod: Pod, problems: Problems): void {
  for (const { kind, name, field } of namesOf(pod)) {
    const isOurs = kind === 'volume' ? OUR_VOLUMES.includes(name) : isOurContainer({ name });
    if (!name.startsWith(RESERVED_PREFIX) || isOurs) continue;
    const error = new LatchkeyError(
      'LK-RESERVED',
      `names that begin with ${RESERVED_PREFIX} are Latchkey's own`,
      `Rename the ${kind}.`,
    );
    problems.push(problemAt({ label: `${kind} ${printable(name)}`, field }, error));
  }
}
