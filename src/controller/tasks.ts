import type { Clock } from '../clock.ts';
import type { ControllerConfig } from '../config/controller-config.ts';
import type { ControllerApi } from '../kubernetes/controller-api.ts';
import type { SecretValue } from '../secret-value.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { serviceNames } from '../tls/authority.ts';
import { createCertificateKeeper } from './certificate-keeper.ts';
import { installationKey } from './installation-key.ts';
import type { Pause } from './pause.ts';
import { repeat, type RepeatOptions } from './repeat.ts';
import { createSealingKeyKeeper } from './sealing-key-keeper.ts';
import { createSweeper } from './sweeper.ts';

export interface TaskOptions {
  readonly api: ControllerApi;
  readonly config: ControllerConfig;
  readonly namespace: string;
  /** From `--key-file`; absent: from the key Secret. */
  readonly key?: SecretValue;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly log: Log;
  readonly metrics: ControllerMetrics;
  /** Makes and keeps Secrets without pods until the signal aborts. Absent: they are not. */
  readonly materialize?: (key: Uint8Array, signal: AbortSignal) => Promise<void>;
}

/** A caBundle that somebody took away is back within this. */
const CERTIFICATES_EVERY_MS = 10_000;
const KEY_EVERY_MS = 60_000;
/** Without a key nothing can be sealed; a list of metadata a minute is cheap. */
const SEALING_KEYS_EVERY_MS = 60_000;

/**
 * Everything that the leader does, until the signal aborts. What the tasks have seen so far begins anew with each term.
 */
export async function runTasks(options: TaskOptions, signal: AbortSignal): Promise<void> {
  const { certificates, sealingKeys, sweep, keySecret } = options.config;
  let known = options.key;
  const rounds: Pick<RepeatOptions, 'task' | 'round' | 'everyMs'>[] = [];

  /** The key Secret is looked after also where nothing is swept: `serve` mounts it. */
  async function readKey(signal: AbortSignal): Promise<SecretValue> {
    if (options.key !== undefined) return options.key;
    const at = { namespace: options.namespace, name: keySecret };
    return (known = await installationKey(options.api, at, signal));
  }
  if (options.key === undefined) {
    const round = async (signal: AbortSignal): Promise<void> => void (await readKey(signal));
    rounds.push({ task: 'key', round, everyMs: KEY_EVERY_MS });
  }
  if (certificates !== undefined) {
    const everyMs = Math.min(CERTIFICATES_EVERY_MS, certificates.propagationMs);
    rounds.push({ task: 'certificates', round: certificateRound(options, certificates), everyMs });
  }
  if (sealingKeys !== undefined) {
    const round = createSealingKeyKeeper({ ...options, ...sealingKeys });
    rounds.push({ task: 'sealing-keys', round, everyMs: SEALING_KEYS_EVERY_MS });
  }
  if (sweep !== undefined) {
    const excluded = [...sweep.excluded, options.namespace];
    const sweeper = createSweeper({ ...options, ...sweep, excluded });
    const round = async (signal: AbortSignal): Promise<void> => {
      await sweeper((known ?? (await readKey(signal))).reveal(), signal);
    };
    rounds.push({ task: 'sweep', round, everyMs: sweep.everyMs });
  }
  const { materialize } = options;
  if (materialize !== undefined) {
    const round = async (signal: AbortSignal): Promise<void> => {
      await materialize((known ?? (await readKey(signal))).reveal(), signal);
    };
    // It ends with the term; what it cannot begin without is waited for as for everything else.
    rounds.push({ task: 'materialize', round, everyMs: KEY_EVERY_MS });
  }
  await Promise.all(rounds.map((each) => repeat({ ...options, ...each }, signal)));
}

function certificateRound(
  options: TaskOptions,
  certificates: NonNullable<ControllerConfig['certificates']>,
): (signal: AbortSignal) => Promise<void> {
  const { namespace } = options;
  const { service, propagationMs, retentionMs } = certificates;
  return createCertificateKeeper({
    ...options,
    ...certificates,
    places: { ...certificates, namespace, hosts: serviceNames(service, namespace) },
    limits: { propagationMs, retentionMs },
  });
}
