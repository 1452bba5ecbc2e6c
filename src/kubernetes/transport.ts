import { Agent } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortable } from '../abortable.ts';
import { LatchkeyError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { errorCode } from './error-code.ts';
import { parseJson } from './json.ts';
import { openRequest } from './open-request.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From {@link apiPath}. */
  readonly path: string;
  readonly accept?: string;
  readonly body?: unknown;
  /** Of the body; default `application/json`. */
  readonly contentType?: string;
  /** Whether sending it twice does what sending it once does. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  /** Parsed; undefined when it is no JSON. */
  readonly body: unknown;
  /** The answer as it came, where it is no JSON: a program behind the API server's proxy gave it. */
  readonly text?: string;
  readonly retryAfterMs?: number;
  /** The server's clock when it answered, ms since the epoch, to the second. */
  readonly dateMs?: number;
}

/** Sends one request. @throws LatchkeyError LK-KUBERNETES when no whole answer comes. */
export type Transport = (request: ApiRequest) => Promise<ApiAnswer>;

export interface TransportOptions {
  readonly timeoutMs: number;
  /** Requests on the way at once; more wait in line. */
  readonly maxInFlight?: number;
  readonly maxAnswerBytes?: number;
}

/** The answer has more bytes than are read; a list has smaller pages. */
export class AnswerTooLargeError extends LatchkeyError {
  override readonly name = 'AnswerTooLargeError';

  constructor(maxBytes: number) {
    super('LK-KUBERNETES', `the API server's answer is larger than ${maxBytes} bytes`, CHECK);
  }
}

// The API server keeps idle connections for 90 s; leaving first avoids sending into a closing one.
const IDLE_MS = 60_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_RETRY_AFTER_MS = 1_000;
// A connection that died under the request, as when an API server is replaced.
const DROPPED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** JSON over HTTPS with keep-alive connections to the API server. */
export function createTransport(connection: Connection, options: TransportOptions): Transport {
  const agent = new Agent({ keepAlive: true, maxSockets: options.maxInFlight ?? 64, timeout: IDLE_MS });
  const maxBytes = options.maxAnswerBytes ?? MAX_ANSWER_BYTES;

  const once = async (request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> =>
    await readAnswer(await openRequest({ connection, agent }, request, signal), maxBytes);

  const patiently = async (request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> => {
    const first = await once(request, signal).catch((error: unknown) => {
      if (request.repeatable && DROPPED.has(errorCode(error))) return undefined;
      throw error;
    });
    if (first === undefined) return await once(request, signal);
    if (first.status === 401) {
      connection.renew();
      return await once(request, signal);
    }
    // Priority and fairness refuses before anything was done, and says when to come back.
    if (first.status !== 429 || first.retryAfterMs === undefined || first.retryAfterMs > MAX_RETRY_AFTER_MS)
      return first;
    await sleep(first.retryAfterMs, undefined, { signal });
    return await once(request, signal);
  };

  return async (request) => {
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
    try {
      // Exec plugins and file reads know no signal: the caller goes on all the same.
      return await abortable(patiently(request, signal), signal, () => new Error('aborted'));
    } catch (error) {
      throw lost(error, { request, timeout, timeoutMs: options.timeoutMs });
    }
  };
}

async function readAnswer(incoming: IncomingMessage, maxBytes: number): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream: AsyncIterable<Buffer> = incoming;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) {
      incoming.destroy();
      throw new AnswerTooLargeError(maxBytes);
    }
    chunks.push(chunk);
  }
  const seconds = Number(incoming.headers['retry-after'] ?? Number.NaN);
  const dateMs = Date.parse(incoming.headers.date ?? '');
  const text = Buffer.concat(chunks).toString('utf8');
  const body = parseJson(text);
  return {
    status: incoming.statusCode ?? 0,
    body,
    ...(body === undefined ? { text } : {}),
    ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}),
    ...(Number.isNaN(dateMs) ? {} : { dateMs }),
  };
}

const CHECK = 'Check that the API server is up and reachable from Latchkey: kubectl get --raw /readyz.';

/** What became of a request that got no whole answer. */
function lost(
  error: unknown,
  at: { request: ApiRequest; timeout: AbortSignal; timeoutMs: number },
): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  if (at.request.signal?.aborted === true) {
    return new LatchkeyError(
      'LK-KUBERNETES',
      'the API server had not answered when the time for this review was up',
      CHECK,
    );
  }
  if (at.timeout.aborted) {
    return new LatchkeyError(
      'LK-KUBERNETES',
      `the API server did not answer within ${at.timeoutMs / 1000} s`,
      CHECK,
    );
  }
  const code = errorCode(error);
  if (isTlsCode(code)) {
    return new LatchkeyError(
      'LK-KUBERNETES',
      `the API server's certificate is not trusted (${code})`,
      'Check the certificate authority and the server name in the kubeconfig, or ca.crt of the service account.',
    );
  }
  const what = DROPPED.has(code)
    ? 'the API server closed the connection'
    : 'the API server cannot be reached';
  return new LatchkeyError('LK-KUBERNETES', `${what} (${code})`, CHECK);
}

function isTlsCode(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/.test(code);
}
