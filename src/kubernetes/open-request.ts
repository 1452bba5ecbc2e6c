import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type Agent } from 'node:https';
import { VERSION } from '../version.ts';
import type { Connection } from './connection.ts';
import type { ApiRequest } from './transport.ts';

/** Sends a request; resolves with the head of the answer, whose body the caller reads. Rejects with what the socket says. */
export async function openRequest(
  { connection, agent }: { readonly connection: Connection; readonly agent: Agent },
  request: Pick<ApiRequest, 'method' | 'path' | 'accept' | 'body' | 'contentType'>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { headers, tls } = await connection.authorize();
  signal.throwIfAborted();
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  const url = new URL(`${connection.server.pathname.replace(/\/$/, '')}${request.path}`, connection.server);
  return await new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      url,
      {
        ...tls,
        agent,
        method: request.method,
        signal,
        headers: {
          ...headers,
          accept: request.accept ?? 'application/json',
          'user-agent': `latchkey/${VERSION}`,
          ...(body === undefined
            ? {}
            : {
                'content-type': request.contentType ?? 'application/json',
                'content-length': body.length,
              }),
        },
      },
      resolve,
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
