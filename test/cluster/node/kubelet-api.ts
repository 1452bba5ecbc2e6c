// What the API server asks of a kubelet: the logs of containers, for `kubectl logs`.

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';

import { createAuthority, issueServing } from '../../../src/tls/authority.ts';
import type { ContainerLog } from './container-log.ts';

/** A kubelet's own. */
export const KUBELET_PORT = 10250;

export type FindLog = (pod: {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
}) => ContainerLog | undefined;

/** Listens until the signal aborts. The API server does not verify the certificate unless it is told a CA. */
export async function startKubeletApi(address: string, findLog: FindLog, signal: AbortSignal): Promise<void> {
  const wallMs = Date.now();
  const authority = await createAuthority({ days: 1, wallMs });
  const pair = await issueServing(authority, { dns: ['stand-in-node'], ips: [address], days: 1, wallMs });
  const server = createServer(pair, (request, response) => {
    answer(request, response, findLog);
  });
  server.listen(KUBELET_PORT, address);
  await once(server, 'listening');
  signal.addEventListener('abort', () => {
    server.closeAllConnections();
    server.close();
  });
}

function answer(request: IncomingMessage, response: ServerResponse, findLog: FindLog): void {
  const url = new URL(request.url ?? '/', 'https://node');
  const [, kind, namespace = '', name = '', container = ''] = url.pathname.split('/');
  const log = kind === 'containerLogs' ? findLog({ namespace, name, container }) : undefined;
  if (log === undefined) {
    response.writeHead(404).end('the stand-in node has only logs of containers\n');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.write(lastLines(log.text(), url.searchParams.get('tailLines')));
  if (url.searchParams.get('follow') !== 'true') {
    response.end();
    return;
  }
  response.on(
    'close',
    log.follow((chunk) => response.write(chunk)),
  );
}

function lastLines(text: string, count: string | null): string {
  if (count === null) return text;
  const lines = text.split('\n');
  const end = text.endsWith('\n') ? -1 : lines.length;
  return lines
    .slice(0, end)
    .slice(-Number(count))
    .map((line) => `${line}\n`)
    .join('');
}
