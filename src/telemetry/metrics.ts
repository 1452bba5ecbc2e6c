import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CODES } from '../errors.ts';

export interface AdmissionSample {
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
  /** A pod was admitted with a sibling's Secret because AWS was away. */
  staleDelivery(): void;
  certificate(expiry: { readonly notAfterMs: number }): void;
  certificateReload(outcome: 'loaded' | 'refused'): void;
  /** Reads the number of reviews in flight at each scrape. */
  reviewsInFlight(read: () => number): void;
  /** The exposition text and its content type. */
  scrape(): Promise<{ readonly type: string; readonly text: string }>;
}

const DELIVERIES = new Set(['secret', 'memory', 'plaintext']);
const LABEL = /^[A-Za-z][A-Za-z0-9-]{0,40}$/;
/** Seconds. Milliseconds for what is in memory, up to the longest timeout of a webhook. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics in a registry of their own. `processMetrics` adds Node's (memory, event loop, garbage collection). */
export function createMetrics(options: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics) {
    collectDefaultMetrics({ register: registry });
  }
  const admissions = new Counter({
    name: 'latchkey_admissions_total',
    help: 'Admission reviews by decision, delivery and the first code of a refusal',
    labelNames: ['decision', 'delivery', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'latchkey_admission_duration_seconds',
    help: 'Time from the first byte of a review to its answer',
    labelNames: ['decision'],
    buckets: BUCKETS,
    registers,
  });
  const awsCalls = new Counter({
    name: 'latchkey_aws_calls_total',
    help: 'Calls to AWS by service, action and outcome',
    labelNames: ['service', 'action', 'outcome'],
    registers,
  });
  const resolutions = new Counter({
    name: 'latchkey_resolutions_total',
    help: 'References resolved from memory (hit), from a call under way (joined) or by a call (miss), and calls that an open circuit breaker refused',
    labelNames: ['outcome'],
    registers,
  });
  const stale = new Counter({
    name: 'latchkey_stale_deliveries_total',
    help: "Pods admitted with a sibling's Secret because AWS was away",
    registers,
  });
  const expiry = new Gauge({
    name: 'latchkey_certificate_expiry_timestamp_seconds',
    help: 'When the serving certificate expires',
    registers,
  });
  const reloads = new Counter({
    name: 'latchkey_certificate_reloads_total',
    help: 'Serving certificates read from changed files, loaded or refused',
    labelNames: ['outcome'],
    registers,
  });

  /** prom-client looks labels up by hashing them; this is the one metric of each review. Bounded, as the labels are. */
  const series = new Map<
    string,
    { readonly count: Counter.Internal; readonly time: Histogram.Internal<'decision'> }
  >();

  return {
    admission({ decision, delivery, code, seconds }) {
      const labels = [decision, deliveryLabel(delivery), codeLabel(code)] as const;
      const key = labels.join(' ');
      const known = series.get(key) ?? {
        count: admissions.labels(...labels),
        time: duration.labels(decision),
      };
      series.set(key, known);
      known.count.inc();
      known.time.observe(seconds);
    },
    awsCall({ service, action, outcome }) {
      awsCalls.inc({ service: label(service), action: label(action), outcome: label(outcome) });
    },
    resolution(outcome) {
      resolutions.inc({ outcome });
    },
    staleDelivery() {
      stale.inc();
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

function deliveryLabel(delivery = ''): string {
  return DELIVERIES.has(delivery) ? delivery : '';
}

function codeLabel(code: string | undefined): string {
  return code !== undefined && Object.hasOwn(CODES, code) ? code : '';
}

function label(text: string): string {
  return LABEL.test(text) ? text : 'other';
}
