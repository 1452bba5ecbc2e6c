import type { IncomingMessage } from 'node:http';
import { Agent } from 'node:https';
import { LatchkeyError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { parseJson, record } from './json.ts';
import { openRequest } from './open-request.ts';
import type { ApiAnswer } from './transport.ts';

/** One line of a watch. */
export interface WatchEvent {
  /** `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`. */
  readonly type: string;
  /** Raw; of an ERROR a Status. */
  readonly object: unknown;
}

export type Watched =
  | { readonly kind: 'events'; readonly events: AsyncIterable<WatchEvent> }
  /** The server did not begin to watch. */
  | { readonly kind: 'refused'; readonly answer: ApiAnswer };

/** Opens one watch. It rejects, and its events end with an error, when the connection does. */
export type WatchTransport = (path: string, signal: AbortSignal, accept?: string) => Promise<Watched>;

/**
 * Watches are on connections of their own: they are long, and must not take the places of short requests. The server sends
 * a bookmark about each minute, so a connection that is silent for longer is dead.
 */
const SILENCE_MS = 150_000;
/** An object in etcd has 1.5 MiB at most; as JSON, and with what the server adds, some more. */
const MAX_LINE_BYTES = 8 * 1024 * 1024;

export function createWatchTransport(connection: Connection): WatchTransport {
  const agent = new Agent({ keepAlive: false });
  return async (path, signal, accept) => {
    const request = { method: 'GET', path, ...(accept === undefined ? {} : { accept }) } as const;
    const incoming = await openRequest({ connection, agent }, request, signal);
    if (incoming.statusCode === 200) return { kind: 'events', events: eventsOf(incoming) };
    if (incoming.statusCode === 401) connection.renew();
    return { kind: 'refused', answer: await refusalOf(incoming) };
  };
}

async function* eventsOf(incoming: IncomingMessage): AsyncGenerator<WatchEvent> {
  incoming.setTimeout(SILENCE_MS, () => incoming.destroy(new Error('silent')));
  for await (const line of linesOf(incoming)) {
    const { type, object } = record(parseJson(line));
    if (typeof type !== 'string') throw nonsense();
    yield { type, object };
  }
}

async function* linesOf(incoming: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8');
      [parts, size, from] = [[], 0, end + 1];
      if (line !== '') yield line;
    }
    parts.push(chunk.subarray(from));
    size += chunk.length - from;
    if (size > MAX_LINE_BYTES) throw nonsense();
  }
}

async function refusalOf(incoming: AsyncIterable<Buffer> & IncomingMessage): Promise<ApiAnswer> {
  let text = '';
  for await (const chunk of incoming) if (text.length < 64 * 1024) text += chunk.toString('utf8');
  return { status: incoming.statusCode ?? 0, body: parseJson(text) };
}

function nonsense(): LatchkeyError {
  return new LatchkeyError(
    'LK-KUBERNETES',
    "the API server's watch is not what Kubernetes sends",
    'Check that nothing stands between Latchkey and the API server.',
  );
}
