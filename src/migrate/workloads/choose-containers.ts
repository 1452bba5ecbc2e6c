import type { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { notConvertible } from '../definitions/meaning.ts';
import { formatReference } from '../../request/reference.ts';
import { type Accepted, containersFor, mostFrequent, type Rejections } from './accepted.ts';
import type { Existing } from './existing.ts';

const SHARED = /^(?:env|files|env-from|files-from)$|^(?:env|file)\./;

/** The containers that the pod's annotations speak to already; undefined where there are none that do. */
function existingTargets({ annotations, defaultTargets, pod }: Existing): readonly string[] | undefined {
  const written = annotations.get('containers');
  if (written !== undefined) {
    const names = written.split(',').map((name) => name.trim());
    return allNames(pod).filter((name) => names.includes(name));
  }
  return [...annotations.keys()].some((name) => SHARED.test(name)) ? defaultTargets : undefined;
}

function allNames({ spec }: Existing['pod']): readonly string[] {
  return [...(spec.initContainers ?? []), ...spec.containers].map(({ name }) => name);
}

/** Uses that can only be said for all selected containers at once, with the containers that want them. */
interface Shared {
  readonly uses: readonly Accepted[];
  readonly containers: readonly string[];
}

function sharedUses(all: readonly Accepted[]): readonly Shared[] {
  const volumes = all
    .filter(({ use }) => use.kind === 'volume')
    .map((each) => ({ uses: [each], containers: containersFor(each) }));
  const bulks = new Map<string, Accepted[]>();
  for (const each of all) {
    for (const { members } of each.wishes.members) {
      const key = formatReference(members.reference);
      bulks.set(key, [...(bulks.get(key) ?? []), each]);
    }
  }
  const froms = [...bulks.values()].map((uses) => ({ uses, containers: uses.flatMap(containersFor) }));
  return [...volumes, ...froms];
}

function key(list: readonly string[]): string {
  return JSON.stringify(list.toSorted());
}

/**
 * The containers that annotations speak to: those that they speak to already; else those that get files, or members of
 * unknown names; else all of them.
 */
export function chooseContainers(
  all: readonly Accepted[],
  existing: Existing,
  rejected: Rejections,
): readonly string[] {
  const shared = sharedUses(all);
  const fixed = existingTargets(existing);
  const frequent = mostFrequent(shared.map(({ containers }) => key(containers)));
  const wanted = shared.find(({ containers }) => key(containers) === frequent)?.containers;
  const chosen = fixed ?? wanted ?? existing.defaultTargets;
  for (const { uses, containers } of shared) {
    if (key(containers) === key(chosen)) continue;
    for (const use of uses) rejected.set(use, otherContainers(containers, chosen));
  }
  return allNames(existing.pod).filter((name) => chosen.includes(name));
}

function names(list: readonly string[]): string {
  return list.map((name) => quoted(name)).join(', ');
}

function otherContainers(wanted: readonly string[], chosen: readonly string[]): LatchkeyError {
  return notConvertible(
    `it is for ${names(wanted)}, and the annotations of this pod speak to ${names(chosen)}`,
    'Files, and variables whose names only AWS knows, are the same in all containers that get any.',
  );
}
