import type { Clock } from '../clock.ts';
import { LatchkeyError } from '../errors.ts';
import type { ControllerApi } from '../kubernetes/controller-api.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { nextStep, type RotationLimits, type Step } from '../tls/rotation.ts';
import { look, NOTHING_SEEN, seenSince } from '../tls/rotation-watch.ts';
import { takeStep, type StepOptions } from './certificate-steps.ts';
import { readCertificates, type CertificatePlaces, type CertificatesRead } from './read-certificates.ts';

export interface CertificateKeeperOptions {
  readonly api: ControllerApi;
  readonly places: CertificatePlaces;
  readonly clock: Clock;
  readonly limits: RotationLimits;
  readonly authorityLifetimeMs: number;
  readonly servingLifetimeMs: number;
  readonly log: Log;
  readonly metrics: Pick<ControllerMetrics, 'certificateStep' | 'certificateExpiry'>;
}

/** From nothing to served is three; a whole renewal with conflicts is fewer than these. */
const MAX_STEPS = 12;
/** Certificates are backdated by 5 min: within that, a wrong clock makes none that API servers refuse. */
const MAX_SKEW_MS = 60_000;

/**
 * The keeper of authority, serving certificate and caBundle, for one term as leader: what it has seen for how long is
 * not handed on, so a new leader waits anew.
 * @returns one look: reads everything, does what is due, and stops where it must wait.
 *   It throws LatchkeyError LK-KUBERNETES, or LK-CONFIG for what a person must put right.
 */
export function createCertificateKeeper(
  options: CertificateKeeperOptions,
): (signal: AbortSignal) => Promise<void> {
  const { api, places, clock, limits, log, metrics } = options;
  const stepOptions: StepOptions = { ...options, hosts: places.hosts };
  let watch = NOTHING_SEEN;
  let missing = false;

  function stepFor(read: CertificatesRead): Step {
    watch = look(watch, read.state, clock.now());
    return nextStep(read.state, seenSince(watch, clock.now()), { ...limits, wallMs: clock.wall() });
  }

  function tell(read: CertificatesRead): void {
    metrics.certificateExpiry('authority', read.state.authority?.notAfterMs);
    metrics.certificateExpiry('serving', read.state.leaf?.notAfterMs);
    if (missing !== (read.registrations.length === 0)) {
      missing = !missing;
      if (missing)
        log.warn({ names: places.registrations }, 'no webhook configuration of these names exists');
    }
  }

  return async (signal) => {
    for (let steps = 0; steps < MAX_STEPS && !signal.aborted; steps += 1) {
      const read = await readCertificates(api, places, signal);
      tell(read);
      const step = stepFor(read);
      if (step.kind === 'idle') return;
      if (step.kind !== 'publish') checkClock(api.clockAheadMs() ?? 0);
      const outcome = await takeStep(step, read, stepOptions, signal);
      metrics.certificateStep(step.kind, outcome);
      const fields = { step: step.kind, outcome, webhooks: read.state.bundles.length };
      log.info(fields, 'certificate step');
    }
  };
}

/** Dates that a wrong clock gives would be refused by every API server, or make all that is there look expired. */
function checkClock(aheadMs: number): void {
  if (Math.abs(aheadMs) <= MAX_SKEW_MS) return;
  const seconds = String(Math.round(Math.abs(aheadMs) / 1000));
  throw new LatchkeyError(
    'LK-CONFIG',
    `this machine's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the API server's`,
    'Set the clocks right. Until then no certificate is made.',
  );
}
