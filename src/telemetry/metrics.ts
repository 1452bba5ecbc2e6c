import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { createReadingMetrics } from './reading-metrics.ts';
import { createReviewMetrics } from './review-metrics.ts';

export interface AdmissionSample {
  /** Pods if it does not say. */
  readonly subject?: 'pod' | 'workload';
  readonly decision: 'allow' | 'patch' | 'refuse' | 'overloaded' | 'error';
  readonly delivery: string | undefined;
  /** The first problem's code, if it was refused. */
  readonly code: string | undefined;
  readonly seconds: number;
}

export interface AwsCallSample {
  readonly service: string;
  readonly action: string;
  /** `ok` or one of our codes. */
  readonly outcome: string;
}

/** What is counted. Label values come from fixed sets: no name that a user chose ever becomes one. */
export interface Metrics {
  admission(sample: AdmissionSample): void;
  awsCall(sample: AwsCallSample): void;
  /** How a reference was resolved: from memory, by joining a call under way, by a call, or not (the breaker is open). */
  resolution(outcome: 'hit' | 'joined' | 'miss' | 'refused'): void;
  /** A pod was admitted with what was read earlier because AWS was away: a sibling's Secret, or one made from a definition. */
  staleDelivery(): void;
  /** A Secret that a pod refers to, where definitions are carried out; one for all pods of a revision. */
  adopted(outcome: 'made' | 'updated' | 'unchanged' | 'left-alone' | 'stale' | 'not-written'): void;
  /** Whether the token check was passed at its last look. Never called where there is none, so that no alert comes of it. */
  tokenCheck(passed: boolean): void;
  /** How many sealing keys are in use, and when the newest was made (ms since the epoch). Never called where none are followed. */
  sealingKeys(keys: { readonly keys: number; readonly newestMs: number | undefined }): void;
  /** One sealed value was tried with one key. What is remembered is not tried. */
  sealedTry(outcome: 'opened' | 'closed'): void;
  certificate(expiry: { readonly notAfterMs: number }): void;
  certificateReload(outcome: 'loaded' | 'refused'): void;
  /** Reads the number of reviews in flight at each scrape. */
  reviewsInFlight(read: () => number): void;
  /** The exposition text and its content type. */
  scrape(): Promise<{ readonly type: string; readonly text: string }>;
}

/** Metrics in a registry of their own. `processMetrics` adds Node's (memory, event loop, garbage collection). */
export function createMetrics(options: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics) {
    collectDefaultMetrics({ register: registry });
  }
  // Apart, since a workload's review may wait for AWS where nobody is kept waiting but the person who applies it.
  const count = {
    pod: createReviewMetrics(registry, { prefix: 'latchkey_admission', of: 'of pods' }),
    workload: createReviewMetrics(registry, { prefix: 'latchkey_workload_review', of: 'of workloads' }),
  };
  const stale = new Counter({
    name: 'latchkey_stale_deliveries_total',
    help: 'Pods admitted with values that were read earlier because AWS was away',
    registers,
  });
  const adopted = new Counter({
    name: 'latchkey_adopted_secrets_total',
    help: 'Secrets that pods refer to, looked at where definitions are carried out, by what was done',
    labelNames: ['outcome'],
    registers,
  });
  const expiry = new Gauge({
    name: 'latchkey_certificate_expiry_timestamp_seconds',
    help: 'When the serving certificate expires',
    registers,
  });
  let tokenCheck: Gauge | undefined;
  const reloads = new Counter({
    name: 'latchkey_certificate_reloads_total',
    help: 'Serving certificates read from changed files, loaded or refused',
    labelNames: ['outcome'],
    registers,
  });

  return {
    ...createReadingMetrics(registry),
    admission(sample) {
      count[sample.subject ?? 'pod'](sample);
    },
    staleDelivery() {
      stale.inc();
    },
    adopted(outcome) {
      adopted.inc({ outcome });
    },
    tokenCheck(passed) {
      tokenCheck ??= new Gauge({
        name: 'latchkey_token_check_passed',
        help: 'Whether a token that a policy must refuse was refused when it was last asked for',
        registers,
      });
      tokenCheck.set(passed ? 1 : 0);
    },
    certificate({ notAfterMs }) {
      expiry.set(notAfterMs / 1000);
    },
    certificateReload(outcome) {
      reloads.inc({ outcome });
    },
    reviewsInFlight(read) {
      registry.registerMetric(
        new Gauge({
          name: 'latchkey_reviews_in_flight',
          help: 'Reviews that are being worked on',
          registers: [],
          collect() {
            this.set(read());
          },
        }),
      );
    },
    async scrape() {
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}
