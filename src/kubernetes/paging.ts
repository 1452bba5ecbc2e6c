import { apiPath } from './api-path.ts';
import { page } from './objects.ts';
import { refusal, type Asked } from './refusal.ts';
import type { Transport } from './transport.ts';

export interface ListRequest {
  readonly segments: readonly string[];
  readonly query: Readonly<Record<string, string>>;
  readonly asked: Asked;
  readonly pageSize: number;
  readonly accept?: string;
}

const MAX_STARTS = 4;

/**
 * Walks a list page by page, all of one moment. When that moment is compacted away in the middle (410 after five minutes)
 * it begins anew, so that items can be visited twice; it never goes on with a page of another moment.
 * @throws LatchkeyError LK-KUBERNETES
 */
export async function eachItem(
  send: Transport,
  request: ListRequest,
  visit: (item: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const { segments, query, asked, pageSize, accept } = request;
  let next: string | undefined;
  let starts = 1;
  do {
    const path = apiPath(segments, {
      ...query,
      limit: String(pageSize),
      ...(next === undefined ? {} : { continue: next }),
    });
    const answer = await send({
      method: 'GET',
      path,
      repeatable: true,
      signal,
      ...(accept === undefined ? {} : { accept }),
    });
    if (answer.status === 410 && starts < MAX_STARTS) {
      starts += 1;
      next = undefined;
      continue;
    }
    const found = answer.status === 200 ? page(answer.body) : undefined;
    if (found === undefined) throw refusal(answer, asked);
    for (const item of found.items) visit(item);
    next = found.next;
    if (next === undefined) return;
  } while (!signal.aborted);
  signal.throwIfAborted();
}
