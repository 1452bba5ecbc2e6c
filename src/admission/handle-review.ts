import type { Clock } from '../clock.ts';
import { LatchkeyError, type Code } from '../errors.ts';
import { printable } from '../quote.ts';
import type { Log } from '../telemetry/log.ts';
import type { AdmissionSample, Metrics } from '../telemetry/metrics.ts';
import type { Gate } from './concurrency.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { codesOf, encodeResponse, type Decision } from './respond.ts';
import { decodeReview, generateNameOf, reasonToPass, type AdmissionRequest } from './review.ts';
import type { PodReviewer } from './reviewer.ts';

export interface ReviewHandlerOptions {
  readonly reviewPod: PodReviewer;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Handling extends ReviewHandlerOptions {
  readonly deadlines: Deadlines;
}

/** An HTTP answer: JSON text. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** When a review came in (clock.now, ms), and how long it may take. */
export interface Timing {
  readonly receivedAt: number;
  readonly budgetMs: number;
}

/** The constant bodies of everything that is no decision: client-go shows them to users, so they hold no input. */
export function errorAnswer(status: number, code: Code, error: string): Answer {
  return { status, body: JSON.stringify({ error, code }) };
}

/** From a parsed body to the answer: decode, pass or decide, log one line, count. Never throws. */
export function createReviewHandler(
  options: ReviewHandlerOptions,
): (body: unknown, timing: Timing) => Promise<Answer> {
  const handling = { ...options, deadlines: createDeadlines(options.clock) };
  return async (body, timing) => {
    const decoded = decodeReview(body);
    if (!decoded.ok) {
      return errorAnswer(400, 'LK-REVIEW', decoded.error);
    }
    const { request } = decoded;
    try {
      const decision = await decide(request, timing, handling);
      record(request, decision, timing, options);
      return { status: 200, body: encodeResponse(request.uid, decision) };
    } catch (error) {
      return failed(request, error, timing, options);
    }
  };
}

async function decide(request: AdmissionRequest, timing: Timing, options: Handling): Promise<Decision> {
  const reason = reasonToPass(request);
  if (reason !== undefined) {
    return { kind: 'allow', reason, warnings: [] };
  }
  const { receivedAt, budgetMs } = timing;
  const deadline = receivedAt + budgetMs;
  const aborter = new AbortController();
  const { promise: expired, resolve: expire } = Promise.withResolvers<Decision>();
  const settled = options.deadlines.set(deadline, () => {
    expire(outOfTime(budgetMs));
    aborter.abort();
  });
  try {
    const { gate } = options;
    const leave = gate.tryEnter(request.namespace) ?? (await gate.enter(request.namespace, aborter.signal));
    try {
      const review = options.reviewPod(request, { receivedAt, deadline, signal: aborter.signal });
      return await Promise.race([review, expired]);
    } finally {
      leave();
    }
  } finally {
    settled();
  }
}

/** A refusal and no 500: where the registration's failurePolicy is Ignore, that would let the pod in without its secrets. */
function outOfTime(budgetMs: number): Decision {
  const problem = {
    code: 'LK-TIMEOUT',
    place: 'pod',
    field: 'metadata.annotations',
    message: `the review was not finished within ${String(Math.round(budgetMs / 100) / 10)} s`,
    remedy: "See Latchkey's log and metrics for what is slow.",
  } as const;
  return { kind: 'refuse', problems: [problem], warnings: [] };
}

function record(
  request: AdmissionRequest,
  decision: Decision,
  timing: Timing,
  options: ReviewHandlerOptions,
): void {
  const ms = options.clock.now() - timing.receivedAt;
  const codes = decision.kind === 'refuse' ? codesOf(decision.problems) : [];
  options.log.info(
    {
      ...whichPod(request),
      operation: printable(request.operation),
      decision: decision.kind,
      reason: decision.kind === 'allow' ? printable(decision.reason) : undefined,
      codes: codes.length > 0 ? codes : undefined,
      delivery: decision.facts?.delivery,
      operations: decision.kind === 'patch' ? decision.operations.length : 0,
      ms: Math.round(ms * 10) / 10,
    },
    'admission',
  );
  options.metrics.admission(sample(decision.kind, ms, decision.facts?.delivery, codes[0]));
}

/** A bug or an overload answers 500 or 503, so that the registration's failurePolicy decides. */
function failed(
  request: AdmissionRequest,
  error: unknown,
  timing: Timing,
  options: ReviewHandlerOptions,
): Answer {
  const ms = options.clock.now() - timing.receivedAt;
  if (error instanceof LatchkeyError && error.code === 'LK-OVERLOADED') {
    options.log.warn({ ...whichPod(request), code: error.code }, 'overloaded');
    options.metrics.admission(sample('overloaded', ms, undefined, error.code));
    return errorAnswer(503, 'LK-OVERLOADED', 'too many reviews at once; try again');
  }
  options.log.error({ ...whichPod(request), err: asError(error) }, 'the review failed');
  options.metrics.admission(sample('error', ms, undefined, 'LK-INTERNAL'));
  return errorAnswer(500, 'LK-INTERNAL', "an error in Latchkey; its log says more under the review's uid");
}

function whichPod(request: AdmissionRequest) {
  return {
    uid: printable(request.uid),
    namespace: printable(request.namespace),
    name: request.name === '' ? undefined : printable(request.name),
    generateName: request.name === '' ? printable(generateNameOf(request)) || undefined : undefined,
    dryRun: request.dryRun ? true : undefined,
  };
}

function sample(
  decision: AdmissionSample['decision'],
  ms: number,
  delivery?: string,
  code?: string,
): AdmissionSample {
  return { decision, delivery, code, seconds: ms / 1000 };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new TypeError('thrown without an Error');
}
