import { problemsOf } from '../admission/problems.ts';
import { codesOf, refusalMessage } from '../admission/respond.ts';
import type { Completed } from '../adoption/complete-secret.ts';
import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { printable, quoted } from '../quote.ts';
import { createLru } from '../stores/lru.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { safeError } from '../telemetry/safe-error.ts';
import type { Candidate } from './candidate.ts';

/** Says what has become of each definition: log, metrics, and an Event on it. */
export interface Tell {
  kept(candidate: Candidate, completed: Completed): void;
  failed(candidate: Candidate, error: unknown): void;
  /** Nothing is to be made of it any more. */
  forget(candidate: Candidate): void;
}

export interface TellOptions {
  readonly kubernetes: Pick<Kubernetes, 'createEvent'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'materialized' | 'notMaterialized'>;
}

/** What goes on is told anew before its Event is gone: Kubernetes keeps Events for an hour. */
const TELL_AGAIN_MS = 55 * 60_000;

/** As Kubernetes' own controllers: so many Events on one object at once, then one each so often. The log has them all. */
const MOST_EVENTS = 10;
const EVENT_EVERY_MS = 5 * 60_000;
const REMEMBERED = 10_000;

export function createTell({ kubernetes, clock, log, metrics }: TellOptions): Tell {
  /** What was said last of what is not as it should be, by uid. */
  const said = new Map<string, { readonly text: string; readonly atMs: number }>();
  const failing = new Set<string>();
  /** How many Events were left at a time, by uid. Kept when a definition is done with: it may come and go. */
  const left = createLru<{ readonly events: number; readonly atMs: number }>(REMEMBERED);

  function mayWrite(uid: string): boolean {
    const before = left.get(uid) ?? { events: MOST_EVENTS, atMs: clock.now() };
    const more = (clock.now() - before.atMs) / EVENT_EVERY_MS;
    const events = Math.min(before.events + more, MOST_EVENTS);
    const isLeft = events >= 1;
    left.set(uid, { events: isLeft ? events - 1 : events, atMs: clock.now() });
    return isLeft;
  }

  function isNews(uid: string, text: string): boolean {
    const before = said.get(uid);
    if (before?.text === text && clock.now() - before.atMs < TELL_AGAIN_MS) return false;
    said.set(uid, { text, atMs: clock.now() });
    return true;
  }

  function write(
    { definition }: Candidate,
    event: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string },
  ): void {
    const { apiVersion, objectKind: kind, name, uid, namespace } = definition;
    if (!mayWrite(uid)) return;
    kubernetes
      .createEvent({ ...event, namespace, regarding: { apiVersion, kind, name, uid } })
      .catch((error: unknown) => log.warn({ namespace, ...safeError(error) }, 'event not written'));
  }

  function settle(uid: string): void {
    said.delete(uid);
    failing.delete(uid);
    metrics.notMaterialized(failing.size);
  }

  return {
    kept(candidate, { outcome, warnings }) {
      metrics.materialized(outcome);
      const { uid } = candidate.definition;
      const isMade = outcome === 'made' || outcome === 'updated';
      const [warning] = outcome === 'left-alone' ? warnings : [];
      if (warning !== undefined) {
        failing.delete(uid);
        metrics.notMaterialized(failing.size);
        if (!isNews(uid, warning)) return;
        log.warn({ ...whatOf(candidate), reason: printable(warning, 500) }, 'definition not carried out');
        write(candidate, { type: 'Warning', reason: 'SecretLeftAlone', message: `latchkey: ${warning}` });
        return;
      }
      settle(uid);
      if (!isMade) return;
      log.info({ ...whatOf(candidate), outcome, ...notes(warnings) }, 'Secret made without a pod');
      const message = `latchkey: Secret ${quoted(candidate.secretName)} was ${outcome}`;
      write(candidate, { type: 'Normal', reason: 'Materialized', message });
    },
    failed(candidate, error) {
      metrics.materialized('failed');
      failing.add(candidate.definition.uid);
      metrics.notMaterialized(failing.size);
      const known = error instanceof LatchkeyError ? error : undefined;
      if (known === undefined || known.code === 'LK-INTERNAL') {
        log.error({ ...whatOf(candidate), ...safeError(error) }, 'definition not carried out');
        return;
      }
      const problems = problemsOf(known, `secret ${quoted(candidate.secretName)}`, 'spec');
      const message = refusalMessage(problems);
      if (!isNews(candidate.definition.uid, message)) return;
      log.warn({ ...whatOf(candidate), codes: codesOf(problems), message }, 'definition not carried out');
      write(candidate, { type: 'Warning', reason: 'NotMaterialized', message });
    },
    forget: ({ definition }) => settle(definition.uid),
  };
}

function whatOf({ definition, secretName }: Candidate) {
  const { kind, namespace, name } = definition;
  return { kind, namespace, name: printable(name), secret: printable(secretName) };
}

function notes(warnings: readonly string[]): { readonly warnings?: readonly string[] } {
  return warnings.length === 0 ? {} : { warnings: warnings.map((text) => printable(text, 500)) };
}
