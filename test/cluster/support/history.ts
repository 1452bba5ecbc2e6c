import type { Api, Json } from './api.ts';

/** What happened to the objects of a list since a resource version: objects as they were when they were added. */
export async function addedSince(api: Api, path: string, resourceVersion: string): Promise<readonly Json[]> {
  const { body } = await api.send(
    'GET',
    `${path}?watch=1&timeoutSeconds=1&resourceVersion=${resourceVersion}`,
  );
  const lines = typeof body === 'string' ? body.trim().split('\n') : [JSON.stringify(body)];
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'ADDED')
    .map(({ object }) => object);
}
