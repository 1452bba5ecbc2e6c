import { fastify, type FastifyReply, type onRequestHookHandler } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Config, HostPort } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { secureContext, type TlsMaterial } from '../tls/material.ts';
import { Gate } from './concurrency.ts';
import { createReviewHandler, errorAnswer, type Answer } from './handle-review.ts';
import { NotJsonError, parseJsonBody } from './json-body.ts';
import { podRoute, workloadRoute } from './review-route.ts';
import type { PodReviewer, Reviewer } from './reviewer.ts';
import { timeBudget } from './time-budget.ts';

export interface ServerOptions {
  readonly config: Pick<
    Config,
    'listen' | 'maxBodyBytes' | 'concurrency' | 'namespaceConcurrency' | 'callerAuth'
  >;
  readonly reviewPod: PodReviewer;
  readonly reviewWorkload: Reviewer;
  readonly tls: TlsMaterial;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Clock;
}

/** The webhook's listener, with a life cycle: listen, drain, close. */
export interface AdmissionServer {
  /** Where it listens. */
  listen(): Promise<HostPort>;
  /** New handshakes get this certificate; open connections keep theirs. */
  replaceTls(tls: TlsMaterial): void;
  /** From now on each answer asks its caller to connect anew, elsewhere; reviews are still taken. */
  drain(): void;
  /** Takes no more connections, waits up to `graceMs` for running reviews, then cuts the rest. */
  close(graceMs: number): Promise<void>;
}

/** Whether callers are sent elsewhere. */
interface Lane {
  draining: boolean;
}

/** The API server keeps idle connections for 90 s and never repeats a POST that meets a closing one. */
const KEEP_ALIVE_MS = 120_000;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_QUEUE_WAIT_MS = 500;
/** Requests whose body is being read, beyond those that are at work or wait: above it they aren't even read. */
const UNREAD_REQUESTS = 64;
/** Nearly every review is smaller. Larger ones have bytes of their own, so that who announces many stops only those. */
const SMALL_BODY = 256 * 1024;
/** Bytes of all larger bodies that are being read or worked on: the largest review has a few MiB. */
const OPEN_BYTES = 64 * 1024 * 1024;

const OVERLOADED = errorAnswer(503, 'LK-OVERLOADED', 'too many requests at once; try again');
const NO_SUCH_PATH = errorAnswer(
  404,
  'LK-REVIEW',
  'no such path: reviews of pods go to POST /mutate/pods, those of workloads to POST /validate/workloads',
);
const NOT_JSON = errorAnswer(400, 'LK-REVIEW', 'the body is not JSON');
const TOO_LARGE = errorAnswer(413, 'LK-REVIEW', 'the review is larger than --max-body');
const NO_REVIEW = errorAnswer(400, 'LK-REVIEW', 'the request is no AdmissionReview');
const BUG = errorAnswer(500, 'LK-INTERNAL', 'an error in Latchkey');

/** The HTTPS server that answers admission reviews. Nothing runs before `listen`. */
export function createServer(options: ServerOptions): AdmissionServer {
  const { config, clock, log, metrics } = options;
  const gate = new Gate({
    total: config.concurrency,
    perNamespace: config.namespaceConcurrency,
    maxWaitMs: MAX_QUEUE_WAIT_MS,
  });
  metrics.reviewsInFlight(() => gate.inFlight);
  const lane: Lane = { draining: false };
  const app = createApp(options, lane);
  app.decorateRequest('receivedAt', 0);
  app.addHook('onRequest', admitRequest(config, clock, lane));
  const routes = [
    ['/mutate/pods', podRoute(options.reviewPod)],
    ['/validate/workloads', workloadRoute(options.reviewWorkload)],
  ] as const;
  for (const [path, route] of routes) {
    const handle = createReviewHandler({ route, gate, clock, log, metrics });
    app.post<{ Querystring: { timeout?: unknown } }>(path, async (request, reply) => {
      const timing = { receivedAt: request.receivedAt, budgetMs: timeBudget(request.query.timeout) };
      return send(reply, await handle(request.body, timing), lane);
    });
  }
  app.server.on('tlsClientError', (error) => {
    logHandshake(log, error);
  });

  return {
    async listen() {
      await app.listen({ host: config.listen.host, port: config.listen.port });
      const { address, port } = app.server.address() as AddressInfo;
      return { host: address, port };
    },
    replaceTls(tls) {
      app.server.setSecureContext(secureContext(tls));
    },
    drain() {
      lane.draining = true;
    },
    async close(graceMs) {
      lane.draining = true;
      const cut = setTimeout(() => {
        app.server.closeAllConnections();
      }, graceMs);
      await app.close();
      clearTimeout(cut);
    },
  };
}

/** Fastify with none of its own texts: its parsers, URL checks and error pages quote what they were given. */
function createApp({ config, tls, log }: ServerOptions, lane: Lane) {
  const app = fastify<Server>({
    logger: false,
    bodyLimit: config.maxBodyBytes,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    https: {
      ...secureContext(tls),
      requestCert: config.callerAuth === 'client-cert',
      rejectUnauthorized: config.callerAuth === 'client-cert',
    },
    frameworkErrors: (_error, _request, reply) => {
      void send(reply, NO_SUCH_PATH, lane);
    },
    clientErrorHandler: (_error, socket) => {
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    },
  });
  app.removeAllContentTypeParsers();
  // By name, since Fastify finds that sooner, and for whatever else is sent: it has to be JSON all the same.
  for (const type of ['application/json', '*']) {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, parseBody);
  }
  app.setNotFoundHandler((_request, reply) => send(reply, NO_SUCH_PATH, lane));
  app.setErrorHandler((error, _request, reply) => {
    const answer = answerTo(error);
    if (answer === BUG) {
      log.error({ err: error instanceof Error ? error : undefined }, 'a request failed');
    }
    return send(reply, answer, lane);
  });
  return app;
}

function answerTo(error: unknown): Answer {
  if (error instanceof NotJsonError) {
    return NOT_JSON;
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return TOO_LARGE;
  }
  return typeof code === 'string' && code.startsWith('FST_ERR_CTP_') ? NO_REVIEW : BUG;
}

function parseBody(
  _request: unknown,
  body: Buffer,
  done: (error: Error | null, json?: unknown) => void,
): void {
  try {
    done(null, parseJsonBody(body));
  } catch (error) {
    done(error instanceof Error ? error : new NotJsonError());
  }
}

/** Notes when a request came, and refuses it where too many are open: a body costs memory, and who sends it isn't known yet. */
function admitRequest(config: ServerOptions['config'], clock: Clock, lane: Lane): onRequestHookHandler {
  const limit = 2 * config.concurrency + UNREAD_REQUESTS;
  let open = 0;
  let bytes = 0;
  return (request, reply, done) => {
    request.receivedAt = clock.now();
    const announced = announcedBytes(request.headers);
    const size = announced > SMALL_BODY ? Math.min(announced, config.maxBodyBytes) : 0;
    open += 1;
    bytes += size;
    reply.raw.once('close', () => {
      open -= 1;
      bytes -= size;
    });
    if (open > limit || (size > 0 && bytes > OPEN_BYTES)) {
      void send(reply.header('connection', 'close'), OVERLOADED, lane);
    } else {
      done();
    }
  };
}

/** How long the body is going to be; one that does not say so may be of any length. */
function announcedBytes(headers: IncomingHttpHeaders): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(headers['content-length'] ?? 0);
}

function send(reply: FastifyReply, answer: Answer, { draining }: Lane): FastifyReply {
  if (draining) {
    reply.header('connection', 'close');
  }
  return reply
    .code(answer.status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(answer.body);
}

/** A caller that rejects our certificate is what a wrong caBundle looks like from here; the rest are port scans. */
function logHandshake(log: Log, error: Error): void {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED)$/.test(code)) {
    log.warn(
      { err: error },
      "a caller does not trust the serving certificate: is its CA in the registration's caBundle?",
    );
  } else {
    log.debug({ err: error }, 'a TLS handshake failed');
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** clock.now when the head of the request was read, in ms. */
    receivedAt: number;
  }
}
