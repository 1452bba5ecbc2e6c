import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { printable } from '../quote.ts';
import { followSealingKeys, type FollowKeysOptions } from '../sealed/followed-keys.ts';
import { EMPTY_RING, type KeyRing } from '../sealed/key-ring.ts';
import { createOpener, type Opener } from '../sealed/opener.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What opens sealed values. */
export interface Sealing {
  readonly opener: Opener;
  readonly clusterWideAllowed: boolean;
  /** The keys that are in use now. */
  readonly ring: () => KeyRing;
  /** Whether the keys were looked for, with success or without. */
  readonly isSettled: () => boolean;
}

export interface SealingOptions {
  readonly config: Pick<Config, 'sealing'>;
  /** Reads Secrets of the namespaces that the operator named. Absent where that is none. */
  readonly api: FollowKeysOptions['api'] | undefined;
  /** Ends following keys. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'sealingKeys' | 'sealedTry'>;
  /** The keys are others than before. */
  readonly onKeys?: () => void;
}

const NO_NAMESPACES = 'The operator names the namespaces of sealing keys with --sealing-key-namespaces.';

/** Nothing opens: no namespace of keys was named. */
export function noSealing(clock: Clock): Sealing {
  const opener = createOpener({ ring: noKeys, clock, withoutKeys: NO_NAMESPACES });
  return { opener, clusterWideAllowed: false, ring: noKeys, isSettled: () => true };
}

function noKeys(): KeyRing {
  return EMPTY_RING;
}

/** Follows the sealing keys from now on. */
export function openSealing(options: SealingOptions): Sealing {
  const { config, api, signal, clock, log, metrics, onKeys } = options;
  if (config.sealing === undefined || api === undefined) return noSealing(clock);
  const { keyNamespaces: namespaces, clusterWideAllowed } = config.sealing;
  const keys = followSealingKeys({
    api,
    namespaces,
    signal,
    onChange(ring) {
      metrics.sealingKeys({ keys: ring.keys.length, newestMs: ring.keys[0]?.madeMs });
      log.info({ keys: ring.keys.length, newest: dateOf(ring) }, 'sealing keys');
      for (const { name, reason } of ring.broken)
        log.warn({ key: printable(name), reason }, 'a sealing key cannot be used');
      onKeys?.();
    },
    onFailure: (error, namespace) =>
      log.warn({ namespace, code: error.code, err: error }, 'sealing keys cannot be read'),
  });
  const opener = createOpener({
    ring: keys.ring,
    ready: keys.ready,
    clock,
    onTry: (outcome) => metrics.sealedTry(outcome),
    withoutKeys: `Make one, as sealed-secrets does, in namespace ${namespaces.map((name) => printable(name)).join(' or ')}: a TLS Secret with the label sealedsecrets.bitnami.com/sealed-secrets-key=active.`,
  });
  return { opener, clusterWideAllowed, ring: keys.ring, isSettled: keys.isSettled };
}

function dateOf({ keys: [newest] }: KeyRing): string | undefined {
  return newest === undefined ? undefined : new Date(newest.madeMs).toISOString();
}
