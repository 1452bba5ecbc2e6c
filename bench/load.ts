// The load: TLS connections that are kept, on each one request at a time. A client of its own because the general ones
// (HTTP parsers in JavaScript, timers for each request) need more processor time than the server that they are to measure.

import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { Target } from './target.ts';

export interface Load {
  /**
   * Sends what `next` gives until it gives nothing more.
   * @throws Error when an answer is not HTTP 200 or lacks the text that is expected
   */
  run(next: () => Buffer | undefined, expected: string): Promise<LoadResult>;
  close(): void;
}

export interface LoadResult {
  /** Answered requests. */
  readonly requests: number;
  /** Until the last answer. */
  readonly seconds: number;
  /** Answers a second as long as there was something to send: one late answer is none of the others' slowness. */
  readonly perSecond: number;
  /** Of each request, in ms. */
  readonly latencies: readonly number[];
}

/** Opens the connections; they stay open between runs. */
export async function openLoad({ url, ca }: Pick<Target, 'url' | 'ca'>, connections: number): Promise<Load> {
  const { hostname: host, port } = new URL(url);
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect({ host, port: Number(port), ca });
      await once(socket, 'secureConnect');
      return socket.setNoDelay(true);
    }),
  );
  return {
    async run(next, expected) {
      const latencies: number[] = [];
      const started = performance.now();
      const seconds = (): number => (performance.now() - started) / 1000;
      let perSecond: number | undefined;
      const watched = (): Buffer | undefined => {
        const request = next();
        if (request === undefined) perSecond ??= latencies.length / seconds();
        return request;
      };
      await Promise.all(sockets.map((socket) => drive(socket, watched, Buffer.from(expected), latencies)));
      return { requests: latencies.length, seconds: seconds(), perSecond: perSecond ?? 0, latencies };
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** One connection: a request, its whole answer, the next request. */
function drive(
  socket: TLSSocket,
  next: () => Buffer | undefined,
  expected: Buffer,
  latencies: number[],
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let received: Buffer | undefined;
  let sentAt = 0;

  const send = (): void => {
    const request = next();
    if (request === undefined) {
      end();
      resolve();
      return;
    }
    sentAt = performance.now();
    socket.write(request);
  };
  const receive = (chunk: Buffer): void => {
    const answer = received === undefined ? chunk : Buffer.concat([received, chunk]);
    if (!isWhole(answer)) {
      received = answer;
      return;
    }
    received = undefined;
    latencies.push(performance.now() - sentAt);
    if (answer.includes(expected) && answer.subarray(0, 12).equals(OK)) send();
    else fail(new Error(`an answer without ${expected.toString()}: ${answer.toString('utf8', 0, 2000)}`));
  };
  const fail = (error: Error): void => {
    end();
    reject(error);
  };
  const closed = (): void => fail(new Error('the server closed a connection'));
  const end = (): void => {
    socket.off('data', receive).off('error', fail).off('close', closed);
  };

  socket.on('data', receive).on('error', fail).on('close', closed);
  send();
  return promise;
}

const OK = Buffer.from('HTTP/1.1 200');
const LENGTH = Buffer.from('content-length: ');
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Whether the head and all of the body that it announces are there. */
function isWhole(answer: Buffer): boolean {
  const head = answer.indexOf(END_OF_HEAD);
  if (head < 0) return false;
  const at = answer.indexOf(LENGTH);
  if (at < 0 || at > head) throw new Error('an answer without content-length');
  const length = Number.parseInt(answer.toString('latin1', at + LENGTH.length, at + LENGTH.length + 12), 10);
  return answer.length >= head + END_OF_HEAD.length + length;
}
