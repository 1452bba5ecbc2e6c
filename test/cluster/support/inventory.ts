import type { Api, Json } from './api.ts';

/** They come and go by themselves. */
const PASSING = new Set(['events', 'componentstatuses']);

/** Every object that the cluster holds, as `resource namespace/name`, of every kind that can be listed. */
export async function inventory(api: Api): Promise<ReadonlySet<string>> {
  const { groups } = await api.get('/apis');
  const paths = ['/api/v1', ...groups.map((group: Json) => `/apis/${group.preferredVersion.groupVersion}`)];
  const found = new Set<string>();
  for (const path of paths) {
    const { resources } = await api.get(path);
    for (const { name, verbs } of resources) {
      if (!verbs.includes('list') || PASSING.has(name)) continue;
      for (const { metadata } of await api.list(`${path}/${name}`)) {
        found.add(`${name} ${metadata.namespace ?? ''}/${metadata.name}`);
      }
    }
  }
  return found;
}
