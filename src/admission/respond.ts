// The one place that knows the wire format of an AdmissionReview's response.

import type { Operation } from '../delivery/operations.ts';
import { describe, type Problem } from '../errors.ts';
import { cutToBytes, printable } from '../quote.ts';
import type { DeliveryName } from '../request/plan.ts';

/** What an audit record and a metric may say of a decision. No values, no names that a user chose. */
export interface DecisionFacts {
  readonly delivery?: DeliveryName;
  readonly planHash?: string;
}

/** What a reviewer makes of a pod. The server turns it into the answer, the log line and the metrics. */
export type Decision =
  | {
      readonly kind: 'allow';
      /** Why nothing is patched, for the log and for tests. */
      readonly reason: string;
      readonly warnings: readonly string[];
      readonly facts?: DecisionFacts;
    }
  | {
      readonly kind: 'patch';
      readonly operations: readonly Operation[];
      /**
       * When the oldest of what the patch rests on was read (clock.now, ms); absent where it must not be used for
       * another pod.
       */
      readonly readAt?: number;
      readonly warnings: readonly string[];
      readonly facts?: DecisionFacts;
    }
  | {
      readonly kind: 'refuse';
      readonly problems: readonly [Problem, ...Problem[]];
      readonly warnings: readonly string[];
      readonly facts?: DecisionFacts;
    };

/** Bytes; the message ends up in Events (1 KiB) and on terminals. */
const MAX_MESSAGE = 1024;
/** As many as a pod may hold references. A hostile one can have a problem for each few bytes. */
const MAX_CAUSES = 1000;
/** Runes. The API server spends 4096 on all warnings of a request and cuts each to 256 beyond that. */
const MAX_WARNINGS = 3600;
const MAX_WARNING = 240;
/** The same, while all of them fit: a remedy that is cut helps nobody. */
const MAX_WHOLE_WARNING = 800;

/** Operations as the text of a `patch`. */
export type EncodePatch = (operations: readonly Operation[]) => string;

function encodePatch(operations: readonly Operation[]): string {
  return Buffer.from(JSON.stringify(operations)).toString('base64');
}

/** Encodes a list once, for as long as somebody holds it: the pods of a revision get the very same one. */
export function createPatchEncoder(): EncodePatch {
  const known = new WeakMap<readonly Operation[], string>();
  return (operations) => {
    const text = known.get(operations) ?? encodePatch(operations);
    known.set(operations, text);
    return text;
  };
}

/** The body of the HTTP 200 that answers a review: JSON text. */
export function encodeResponse(uid: string, decision: Decision, encode: EncodePatch = encodePatch): string {
  const warnings = boundedWarnings(decision.warnings);
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: decision.kind !== 'refuse',
      ...(decision.kind === 'refuse' ? { status: statusOf(decision.problems) } : {}),
      ...(decision.kind === 'patch' ? patchOf(decision.operations, encode) : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...auditOf(decision),
    },
  });
}

/** `patch` and `patchType` go together: the API server refuses one without the other, and no operations are no patch. */
function patchOf(operations: readonly Operation[], encode: EncodePatch): object {
  if (operations.length === 0) {
    return {};
  }
  return { patchType: 'JSONPatch', patch: encode(operations) };
}

/** 403: controllers would spin on 409 and 429, and on anything that carries `retryAfterSeconds`. */
function statusOf(problems: readonly [Problem, ...Problem[]]): object {
  return {
    status: 'Failure',
    code: 403,
    reason: 'Forbidden',
    message: refusalMessage(problems),
    details: { causes: causesOf(problems) },
  };
}

function causesOf(problems: readonly Problem[]): readonly object[] {
  const causes = problems.slice(0, MAX_CAUSES).map((problem) => ({
    reason: problem.code,
    field: problem.field,
    message: cutToBytes(describe(problem), MAX_MESSAGE),
  }));
  const left = problems.length - causes.length;
  if (left === 0) return causes;
  return [...causes, { reason: 'LK-LIMIT', field: '', message: `and ${String(left)} more problems` }];
}

/** The first problems in whole, as many as fit into 1 KiB, then how many more there are. */
export function refusalMessage(problems: readonly [Problem, ...Problem[]]): string {
  const [first, ...rest] = problems;
  let message = `latchkey: ${describe(first)}`;
  let shown = 1;
  for (const problem of rest) {
    const longer = `${message} ${describe(problem)}`;
    const left = problems.length - shown - 1;
    if (Buffer.byteLength(longer + andMore(left)) > MAX_MESSAGE) {
      break;
    }
    message = longer;
    shown += 1;
  }
  const tail = andMore(problems.length - shown);
  return cutToBytes(message, MAX_MESSAGE - Buffer.byteLength(tail)) + tail;
}

function andMore(count: number): string {
  return count === 0 ? '' : ` And ${String(count)} more.`;
}

/** Each once, printable (the API server drops a warning that is no header text), within our share of the budget. */
function boundedWarnings(warnings: readonly string[]): readonly string[] {
  if (warnings.length === 0) {
    return warnings;
  }
  const whole = new Set(warnings.map((warning) => printable(`latchkey: ${warning}`, MAX_WHOLE_WARNING)));
  if ([...whole].reduce((sum, { length }) => sum + length, 0) <= MAX_WARNINGS) return [...whole];
  const kept: string[] = [];
  const each = new Set([...whole].map((warning) => printable(warning, MAX_WARNING)));
  let budget = MAX_WARNINGS;
  for (const warning of each) {
    budget -= warning.length;
    if (budget < 0) {
      return [...kept, `latchkey: and ${String(each.size - kept.length)} more warnings`];
    }
    kept.push(warning);
  }
  return kept;
}

/** Qualified names without a slash: the API server puts the webhook's name and one in front, and drops any other. */
function auditOf(decision: Decision): object {
  const { delivery, planHash } = decision.facts ?? {};
  const annotations = {
    ...(delivery === undefined ? {} : { delivery }),
    ...(planHash === undefined ? {} : { 'plan-hash': planHash }),
    ...(decision.kind === 'refuse' ? { codes: codesOf(decision.problems).join(',') } : {}),
  };
  return Object.keys(annotations).length === 0 ? {} : { auditAnnotations: annotations };
}

/** Each code once, in the order of the problems. */
export function codesOf(problems: readonly Problem[]): readonly string[] {
  return [...new Set(problems.map(({ code }) => code))];
}
