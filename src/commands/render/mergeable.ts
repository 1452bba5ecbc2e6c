import { isRecord, type Json, textAt } from '../../manifests/objects.ts';

/**
 * A pod's spec as `kubectl apply` takes it. Applying merges by names: a variable that had a text and now has a source would
 * keep the text, where nobody applied the workload before, and be refused. An empty text says that it goes.
 * @param before the same spec as it was written
 */
export function mergeable(after: unknown, before: unknown): unknown {
  if (!isRecord(after)) return after;
  const lists = ['containers', 'initContainers'].filter((list) => Object.hasOwn(after, list));
  return {
    ...after,
    ...Object.fromEntries(lists.map((list) => [list, cleared(after[list], textsOf(before, list))])),
  };
}

function cleared(containers: unknown, texts: ReadonlySet<string>): unknown {
  return entries(containers).map((container) => {
    if (container['env'] === undefined) return container;
    const env = entries(container['env']).map((entry) =>
      isRecord(entry['valueFrom']) && texts.has(variable(container, entry))
        ? { name: entry['name'], value: '', ...entry }
        : entry,
    );
    return { ...container, env };
  });
}

/** The variables that are texts. */
function textsOf(spec: unknown, list: string): ReadonlySet<string> {
  const containers = entries(isRecord(spec) ? spec[list] : undefined);
  const texts = containers.flatMap((container) =>
    entries(container['env'])
      .filter((entry) => textAt(entry, 'value') !== undefined)
      .map((entry) => variable(container, entry)),
  );
  return new Set(texts);
}

function variable(container: Json, entry: Json): string {
  return JSON.stringify([container['name'], entry['name']]);
}

function entries(list: unknown): readonly Json[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
