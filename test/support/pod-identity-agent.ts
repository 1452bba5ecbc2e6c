// The EKS Pod Identity agent of a node, on loopback: GET /v1/credentials with the pod's token, as it is, in `Authorization`.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AgentAnswer {
  readonly status: number;
  readonly body: string;
}

export interface PodIdentityAgent {
  readonly uri: string;
  /** The `Authorization` headers of the calls so far. */
  readonly tokens: readonly string[];
  close(): Promise<void>;
}

export interface AgentCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** The agent's answer with credentials. */
export function granted(credentials: AgentCredentials): AgentAnswer {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  const body = {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    AccountId: '111122223333',
    Expiration: expiration.toISOString(),
  };
  return { status: 200, body: JSON.stringify(body) };
}

/** A refusal in the agent's form. */
export function refused(status: number, code: string): AgentAnswer {
  return { status, body: `[request-id]: (${code}): Cause, fault: client\n` };
}

/** @param answer by call, from 0; `undefined` closes the connection */
export async function startPodIdentityAgent(
  answer: (call: number) => AgentAnswer | undefined,
): Promise<PodIdentityAgent> {
  const tokens: string[] = [];
  const server = createServer((request, response) => {
    const found = answer(tokens.length);
    tokens.push(request.headers.authorization ?? '');
    if (found === undefined || request.url !== '/v1/credentials') {
      response.destroy();
      return;
    }
    response.writeHead(found.status, { 'content-type': 'application/json' }).end(found.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    uri: `http://127.0.0.1:${port}/v1/credentials`,
    tokens,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
