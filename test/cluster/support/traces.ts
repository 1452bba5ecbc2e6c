// What stands in a namespace, to see what something left behind.

import type { Api, Json } from './api.ts';

export interface Difference {
  /** `kind/name` of what is gone or another than before. */
  readonly changed: readonly string[];
  readonly secrets: readonly Json[];
  /** `kind/name` of everything new that is no Secret. */
  readonly others: readonly string[];
}

export interface Traces {
  readonly objects: ReadonlyMap<string, Json>;
  since(before: Traces): Difference;
}

const CORE = ['pods', 'secrets', 'configmaps', 'serviceaccounts', 'services', 'events'];
const APPS = ['deployments', 'replicasets', 'statefulsets', 'daemonsets'];

/** Everything in it by `kind/name`, but for events of others. */
export async function traces(api: Api, at: Record<'core' | 'apps', string>): Promise<Traces> {
  const collections = [...CORE.map((kind) => [at.core, kind]), ...APPS.map((kind) => [at.apps, kind])];
  const objects = new Map<string, Json>();
  for (const [base = '', kind = ''] of collections) {
    const found = (await api.list(`${base}/${kind}`)).filter(
      ({ source }) => kind !== 'events' || source?.component === 'latchkey',
    );
    for (const object of found) objects.set(`${kind}/${object.metadata.name}`, object);
  }
  return { objects, since: (before) => difference(before.objects, objects) };
}

function difference(before: ReadonlyMap<string, Json>, after: ReadonlyMap<string, Json>): Difference {
  const added = [...after].filter(([name]) => !before.has(name));
  const version = (object: Json): unknown => object?.metadata.resourceVersion;
  return {
    changed: [...before].flatMap(([name, object]) =>
      version(after.get(name)) === version(object) ? [] : [name],
    ),
    secrets: added.filter(([name]) => name.startsWith('secrets/')).map(([, object]) => object),
    others: added.filter(([name]) => !name.startsWith('secrets/')).map(([name]) => name),
  };
}
