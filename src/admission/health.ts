import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostPort } from '../config/config.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Why this replica takes no reviews at the moment, by name of the check; undefined where all is well. */
export type ReadyCheck = () => string | undefined;

export interface HealthOptions {
  readonly listen: HostPort;
  readonly checks: ReadonlyMap<string, ReadyCheck>;
  readonly metrics: Pick<Metrics, 'scrape'>;
}

export interface HealthServer {
  listen(): Promise<HostPort>;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const TEXT = 'text/plain; charset=utf-8';

/** The plain port: `/healthz` (the process answers), `/readyz` (it takes reviews) and `/metrics`. */
export function createHealthServer(options: HealthOptions): HealthServer {
  const server = createServer((request, response) => {
    request.resume();
    const path = (request.url ?? '').split('?')[0] ?? '';
    pageOf(path, options).then(
      (page) => {
        answer(response, request.method === 'GET' ? page : plain(405, 'only GET\n'));
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

async function pageOf(path: string, { checks, metrics }: HealthOptions): Promise<Page> {
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

function readiness(checks: HealthOptions['checks']): Page {
  const lines: string[] = [];
  for (const [name, check] of checks) {
    const why = check();
    if (why !== undefined) {
      lines.push(`${name}: ${why}\n`);
    }
  }
  return lines.length === 0 ? plain(200, 'ok\n') : plain(503, lines.join(''));
}

function plain(status: number, text: string): Page {
  return { status, type: TEXT, text };
}

function answer(response: ServerResponse, page: Page): void {
  response.writeHead(page.status, { 'content-type': page.type, 'cache-control': 'no-store' });
  response.end(page.text);
}
