import type { Api, Json } from './api.ts';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** As it is after the change; of a deleted one its last state, with the resource version of the deletion. */
  readonly object: Json;
}

/** Every change to a collection's objects, in order, until it is aborted. */
export async function* changes(
  api: Api,
  path: string,
  { since, signal }: { readonly since: string; readonly signal: AbortSignal },
): AsyncGenerator<Change> {
  const glue = path.includes('?') ? '&' : '?';
  let at = since;
  while (!signal.aborted) {
    const query = `${glue}watch=1&allowWatchBookmarks=true&resourceVersion=${at}`;
    for await (const event of api.lines(`${path}${query}`, signal)) {
      if (event.metadata === undefined && event.type === 'ERROR')
        throw new Error(`watch of ${path}: ${event.object.message}`);
      at = event.object.metadata.resourceVersion;
      if (event.type !== 'BOOKMARK') yield event;
    }
  }
}
