import type { Clock } from '../clock.ts';
import { LatchkeyError, type Code } from '../errors.ts';
import { printable } from '../quote.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Gate } from './concurrency.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { codesOf, createPatchEncoder, encodeResponse, type Decision } from './respond.ts';
import type { ReviewRoute } from './review-route.ts';
import { decodeReview, generateNameOf, type AdmissionRequest } from './review.ts';

export interface ReviewHandlerOptions {
  readonly route: ReviewRoute;
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

/** What is left when a reviewer is told to stop waiting: for a sibling's Secret, or for a refusal that names the cause. */
const LAST_MOMENT_MS = 300;

/** From a parsed body to the answer: decode, pass or decide, log one line, count. Never throws. */
export function createReviewHandler(
  options: ReviewHandlerOptions,
): (body: unknown, timing: Timing) => Promise<Answer> {
  const handling = { ...options, deadlines: createDeadlines(options.clock) };
  const encodePatch = createPatchEncoder();
  return async (body, timing) => {
    const decoded = decodeReview(body);
    if (!decoded.ok) {
      return errorAnswer(400, 'LK-REVIEW', decoded.error);
    }
    const { request } = decoded;
    try {
      const decision = await decide(request, timing, handling);
      record(request, decision, timing, options);
      return { status: 200, body: encodeResponse(request.uid, decision, encodePatch) };
    } catch (error) {
      return failed(request, error, timing, options);
    }
  };
}

async function decide(request: AdmissionRequest, timing: Timing, options: Handling): Promise<Decision> {
  const { route } = options;
  const reason = route.reasonToPass(request);
  if (reason !== undefined) {
    return { kind: 'allow', reason, warnings: [] };
  }
  const { receivedAt, budgetMs } = timing;
  const deadline = receivedAt + budgetMs;
  const aborter = new AbortController();
  const { promise: expired, resolve: expire } = Promise.withResolvers<Decision>();
  const settled = [
    options.deadlines.set(deadline - Math.min(LAST_MOMENT_MS, budgetMs / 4), () => {
      aborter.abort();
    }),
    options.deadlines.set(deadline, () => {
      expire(route.outOfTime(`${String(Math.round(budgetMs / 100) / 10)} s`));
    }),
  ];
  try {
    const { gate } = options;
    const leave = gate.tryEnter(request.namespace) ?? (await gate.enter(request.namespace, aborter.signal));
    try {
      const review = route.review(request, { receivedAt, deadline, signal: aborter.signal });
      return await Promise.race([review, expired]);
    } finally {
      leave();
    }
  } finally {
    for (const settle of settled) settle();
  }
}

function record(
  request: AdmissionRequest,
  decision: Decision,
  timing: Timing,
  options: ReviewHandlerOptions,
): void {
  const { subject } = options.route;
  const ms = options.clock.now() - timing.receivedAt;
  const codes = decision.kind === 'refuse' ? codesOf(decision.problems) : [];
  options.log.info(
    {
      ...whichObject(request, subject),
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
  options.metrics.admission({
    subject,
    decision: decision.kind,
    delivery: decision.facts?.delivery,
    code: codes[0],
    seconds: ms / 1000,
  });
}

/** A bug or an overload answers 500 or 503, so that the registration's failurePolicy decides. */
function failed(
  request: AdmissionRequest,
  error: unknown,
  timing: Timing,
  options: ReviewHandlerOptions,
): Answer {
  const { subject } = options.route;
  const which = whichObject(request, subject);
  const count = (decision: 'overloaded' | 'error', code: Code): void => {
    const seconds = (options.clock.now() - timing.receivedAt) / 1000;
    options.metrics.admission({ subject, decision, delivery: undefined, code, seconds });
  };
  if (error instanceof LatchkeyError && error.code === 'LK-OVERLOADED') {
    options.log.warn({ ...which, code: error.code }, 'overloaded');
    count('overloaded', error.code);
    return errorAnswer(503, 'LK-OVERLOADED', 'too many reviews at once; try again');
  }
  options.log.error({ ...which, err: asError(error) }, 'the review failed');
  count('error', 'LK-INTERNAL');
  return errorAnswer(500, 'LK-INTERNAL', "an error in Latchkey; its log says more under the review's uid");
}

function whichObject(request: AdmissionRequest, subject: ReviewRoute['subject']) {
  return {
    uid: printable(request.uid),
    kind: subject === 'pod' ? undefined : printable(request.kind.kind),
    namespace: printable(request.namespace),
    name: request.name === '' ? undefined : printable(request.name),
    generateName: request.name === '' ? printable(generateNameOf(request)) || undefined : undefined,
    dryRun: request.dryRun ? true : undefined,
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new TypeError('thrown without an Error');
}
