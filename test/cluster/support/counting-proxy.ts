// In front of an AWS: counts what one caller asks, and changes nothing.

import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

import { readAwsRequest, type AwsCall } from '../../support/aws-request.ts';

export interface CountingProxy {
  readonly url: string;
  /** What was asked so far. */
  readonly calls: readonly AwsCall[];
  close(): Promise<void>;
}

/** @param target the AWS; its address on loopback */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const calls: AwsCall[] = [];

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(incoming);
    calls.push(readAwsRequest(incoming, body).call);
    const { method, url = '/', headers } = incoming;
    const outgoing = request(new URL(url, target), { method: method ?? 'POST', headers });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  }

  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
