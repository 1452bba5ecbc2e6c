import type { Path } from '../../manifests/node-path.ts';
import { isRecord } from '../../manifests/objects.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import type { Edit } from '../edit/edit.ts';
import type { Accepted } from './accepted.ts';

/** The entries that go because of a use: of `env`, `envFrom`, `volumes` and `volumeMounts`. */
function entriesOf({ use, mounted }: Accepted, inPlace: ReadonlySet<string>): readonly Path[] {
  if (use.kind === 'variable') return inPlace.has(JSON.stringify(use.path)) ? [] : [use.path];
  return use.kind === 'env-from' ? [use.path] : [use.path, ...(mounted?.paths ?? [])];
}

function lengthOf(template: PodTemplate, list: Path): number {
  const value = list.reduce<unknown>((found, step) => {
    if (Array.isArray(found)) return (found as readonly unknown[])[Number(step)];
    return isRecord(found) ? found[String(step)] : undefined;
  }, template.object.value);
  return Array.isArray(value) ? value.length : 0;
}

/**
 * What is taken out of lists. A list of which nothing stays goes as a whole, unless something new is put into it.
 *
 * @param edits of the variables that stay in their places
 */
export function removals(
  template: PodTemplate,
  all: readonly Accepted[],
  edits: readonly Edit[],
): readonly Edit[] {
  const inPlace = new Set(
    edits.flatMap(({ kind, path }) => (kind === 'replace' ? [JSON.stringify(path.slice(0, -1))] : [])),
  );
  const filled = new Set(
    edits.flatMap(({ kind, path }) => (kind === 'prepend' ? [JSON.stringify(path)] : [])),
  );
  const byList = new Map<string, Path[]>();
  for (const path of all.flatMap((each) => entriesOf(each, inPlace))) {
    const list = JSON.stringify(path.slice(0, -1));
    byList.set(list, [...(byList.get(list) ?? []), path]);
  }
  return [...byList].flatMap(([key, entries]): readonly Edit[] => {
    const list = entries[0]?.slice(0, -1) ?? [];
    const isEmptied = entries.length === lengthOf(template, list) && !filled.has(key);
    return isEmptied
      ? [{ kind: 'remove', path: list }]
      : entries.map((path) => ({ kind: 'remove', path }) as const);
  });
}
