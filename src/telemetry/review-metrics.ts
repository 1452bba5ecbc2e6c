import { Counter, Histogram, type Registry } from 'prom-client';
import { CODES } from '../errors.ts';
import type { AdmissionSample } from './metrics.ts';

const DELIVERIES = new Set(['secret', 'memory', 'plaintext']);
/** Seconds. Milliseconds for what is in memory, up to the longest timeout of a webhook. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A counter and a histogram of one kind of review: `<prefix>s_total` and `<prefix>_duration_seconds`. */
export function createReviewMetrics(
  registry: Registry,
  { prefix, of }: { readonly prefix: string; readonly of: string },
): (sample: AdmissionSample) => void {
  const registers = [registry];
  const reviews = new Counter({
    name: `${prefix}s_total`,
    help: `Admission reviews ${of} by decision, delivery and the first code of a refusal`,
    labelNames: ['decision', 'delivery', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: `${prefix}_duration_seconds`,
    help: `Time from the first byte of a review ${of} to its answer`,
    labelNames: ['decision'],
    buckets: BUCKETS,
    registers,
  });
  /** prom-client looks labels up by hashing them; this is the one metric of each review. Bounded, as the labels are. */
  const series = new Map<
    string,
    { readonly count: Counter.Internal; readonly time: Histogram.Internal<'decision'> }
  >();

  return ({ decision, delivery, code, seconds }) => {
    const labels = [decision, deliveryLabel(delivery), codeLabel(code)] as const;
    const key = labels.join(' ');
    const known = series.get(key) ?? { count: reviews.labels(...labels), time: duration.labels(decision) };
    series.set(key, known);
    known.count.inc();
    known.time.observe(seconds);
  };
}

function deliveryLabel(delivery = ''): string {
  return DELIVERIES.has(delivery) ? delivery : '';
}

function codeLabel(code: string | undefined): string {
  return code !== undefined && Object.hasOwn(CODES, code) ? code : '';
}
