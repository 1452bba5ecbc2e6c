import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpDoubleAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly fault?: 'hang' | 'close' | 'cut';
}

/** An HTTP endpoint on loopback that answers what it is told and writes down who asked. */
export interface HttpDouble {
  readonly url: string;
  /** `VERB /path` and headers of every request. */
  readonly requests: readonly { readonly line: string; readonly headers: IncomingHttpHeaders }[];
  answer(next: HttpDoubleAnswer): void;
  close(): Promise<void>;
}

export async function startHttpDouble(first: HttpDoubleAnswer): Promise<HttpDouble> {
  let current = first;
  const requests: { line: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push({ line: `${incoming.method} ${incoming.url}`, headers: incoming.headers });
    const { status, body, fault } = current;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    if (fault === 'hang') return;
    if (fault === 'close') {
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(status, { 'content-length': Buffer.byteLength(text) });
    if (fault === 'cut') outgoing.write(text.slice(0, -1), () => outgoing.destroy());
    else outgoing.end(text);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (next) => {
      current = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
