import t from 'tap';
import { createMetrics } from '../../src/telemetry/metrics.ts';

t.test('every metric has a value after its event', async (t) => {
  const metrics = createMetrics({ processMetrics: false });

  metrics.admission({ decision: 'refuse', delivery: 'secret', code: 'LK-DENIED', seconds: 0.2 });
  metrics.awsCall({ service: 'ssm', action: 'GetParameters', outcome: 'ok' });
  metrics.resolution('hit');
  metrics.staleDelivery();
  metrics.certificate({ notAfterMs: 1_900_000_000_000 });
  metrics.certificateReload('refused');
  metrics.reviewsInFlight(() => 3);
  const { text } = await metrics.scrape();

  for (const line of [
    'latchkey_admissions_total{decision="refuse",delivery="secret",code="LK-DENIED"} 1',
    'latchkey_admission_duration_seconds_bucket{le="0.25",decision="refuse"} 1',
    'latchkey_aws_calls_total{service="ssm",action="GetParameters",outcome="ok"} 1',
    'latchkey_resolutions_total{outcome="hit"} 1',
    'latchkey_stale_deliveries_total 1',
    'latchkey_certificate_expiry_timestamp_seconds 1900000000',
    'latchkey_certificate_reloads_total{outcome="refused"} 1',
    'latchkey_reviews_in_flight 3',
  ]) {
    t.match(text, line);
  }
});

t.test('label values come from fixed sets', async (t) => {
  const metrics = createMetrics({ processMetrics: false });

  metrics.admission({ decision: 'refuse', delivery: 'hunter2', code: '__proto__', seconds: 1 });
  metrics.awsCall({ service: 's\n', action: 'x'.repeat(99), outcome: 'a b' });
  const { text } = await metrics.scrape();

  t.match(text, 'latchkey_admissions_total{decision="refuse",delivery="",code=""} 1');
  t.match(text, 'latchkey_aws_calls_total{service="other",action="other",outcome="other"} 1');
});

t.test('two sets of metrics share nothing', async (t) => {
  const [one, other] = [createMetrics({ processMetrics: true }), createMetrics({ processMetrics: true })];

  one.staleDelivery();

  t.match((await one.scrape()).text, 'latchkey_stale_deliveries_total 1');
  t.match((await other.scrape()).text, 'latchkey_stale_deliveries_total 0');
});
