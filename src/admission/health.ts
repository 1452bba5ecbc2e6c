import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostPort } from '../config/config.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Why this replica takes no reviews at the moment, by name of the check; undefined where all is well. */
export type ReadyCheck = () => string | undefined;

export interface HealthOptions {
  readonly listen: HostPort;
  readonly checks: ReadonlyMap<string, ReadyCheck>;
  readonly metrics: Pick<Metrics, 'scrape'>;
  /** Further paths. */
  readonly routes?: ReadonlyMap<string, HealthRoute>;
}

/** One more path of the plain port. */
export interface HealthRoute {
  readonly method: 'GET' | 'POST';
  /** How much of a body is read; more is refused. */
  readonly maxBodyBytes?: number;
  readonly page: (body: string) => Promise<HealthPage>;
}

export interface HealthServer {
  listen(): Promise<HostPort>;
  close(): Promise<void>;
}

export interface HealthPage {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TEXT = 'text/plain; charset=utf-8';

/** The plain port: `/healthz` (the process answers), `/readyz` (it takes reviews) and `/metrics`. */
export function createHealthServer(options: HealthOptions): HealthServer {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const route = options.routes?.get(path) ?? ownRoute(path, options);
    pageFor(request, route).then(
      (page) => {
        answer(response, page);
      },
      () => {
        answer(response, plain(500, 'an error in Latchkey\n'));
      },
    );
  });
  return {
    listen() {
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.listen.port, options.listen.host, () => {
          const { address, port } = server.address() as AddressInfo;
          resolve({ host: address, port });
        });
      });
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

async function pageFor(request: IncomingMessage, route: HealthRoute): Promise<HealthPage> {
  if (request.method !== route.method) {
    request.resume();
    return plain(405, `only ${route.method}\n`);
  }
  const body = await readBody(request, route.maxBodyBytes ?? 0);
  return body === undefined ? plain(413, 'too large\n') : await route.page(body);
}

/** undefined for more than is read. What is not wanted at all is let go by. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
  }
  return maxBytes > 0 && size > maxBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function ownRoute(path: string, options: HealthOptions): HealthRoute {
  return { method: 'GET', page: () => pageOf(path, options) };
}

async function pageOf(path: string, { checks, metrics }: HealthOptions): Promise<HealthPage> {
  switch (path) {
    case '/healthz':
      return plain(200, 'ok\n');
    case '/readyz':
      return readiness(checks);
    case '/metrics':
      return { status: 200, ...(await metrics.scrape()) };
    default:
      return plain(404, 'no such path\n');
  }
}

function readiness(checks: HealthOptions['checks']): HealthPage {
  const lines: string[] = [];
  for (const [name, check] of checks) {
    const why = check();
    if (why !== undefined) {
      lines.push(`${name}: ${why}\n`);
    }
  }
  return lines.length === 0 ? plain(200, 'ok\n') : plain(503, lines.join(''));
}

function plain(status: number, text: string): HealthPage {
  return { status, type: TEXT, text };
}

function answer(response: ServerResponse, page: HealthPage): void {
  response.writeHead(page.status, {
    'content-type': page.type,
    'cache-control': 'no-store',
    ...page.headers,
  });
  response.end(page.text);
}
