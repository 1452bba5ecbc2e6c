import { randomBytes } from 'node:crypto';

import type { Clock } from '../clock.ts';
import type { ControllerApi, StoredSecret } from '../kubernetes/controller-api.ts';
import { createSealingKey, type NewSealingKey } from '../sealed/create-sealing-key.ts';
import { ACTIVE, KEY_LABEL } from '../sealed/key-secret.ts';
import { SecretValue } from '../secret-value.ts';
import type { Log } from '../telemetry/log.ts';

export interface SealingKeyKeeperOptions {
  readonly api: Pick<ControllerApi, 'eachSecret' | 'recreateSecret'>;
  /** Latchkey's own. */
  readonly namespace: string;
  /** How old the newest key may become; 0: any age. */
  readonly renewAfterMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: a real one. */
  readonly createKey?: (wallMs: number) => Promise<NewSealingKey>;
}

/** What the names of our keys begin with. */
export const SEALING_KEY_PREFIX = 'latchkey-sealing-key-';

/**
 * Sees to it that there is a sealing key, and a newer one before the newest is too old. Keys are Secrets as sealed-secrets
 * makes them, so that either program opens what was sealed for the other. None is ever deleted: what it sealed lies in Git.
 */
export function createSealingKeyKeeper(
  options: SealingKeyKeeperOptions,
): (signal: AbortSignal) => Promise<void> {
  const { api, namespace, renewAfterMs, clock, log, createKey = createSealingKey } = options;
  return async (signal) => {
    let newestMs: number | undefined;
    await api.eachSecret(
      { namespace, labelSelector: `${KEY_LABEL}=${ACTIVE}` },
      ({ createdMs }) => {
        newestMs = Math.max(newestMs ?? 0, createdMs);
      },
      signal,
    );
    const isYoung = newestMs !== undefined && (renewAfterMs === 0 || clock.wall() - newestMs < renewAfterMs);
    if (isYoung) return;
    const secret = keySecret(namespace, await createKey(clock.wall()));
    // Of two names alike, the other is a key too.
    await api.recreateSecret(secret, signal);
    log.info({ secret: secret.name, first: newestMs === undefined }, 'sealing key made');
  };
}

function keySecret(namespace: string, { privateKey, certificate }: NewSealingKey): StoredSecret {
  const name = `${SEALING_KEY_PREFIX}${randomBytes(4).toString('hex')}`;
  // Not the label of managed Secrets, which people list to delete them.
  const labels = { [KEY_LABEL]: ACTIVE };
  return {
    namespace,
    name,
    uid: '',
    resourceVersion: '',
    labels,
    annotations: {},
    type: 'kubernetes.io/tls',
    // Its label can still be changed.
    immutable: true,
    data: new Map([
      ['tls.key', new SecretValue(privateKey)],
      ['tls.crt', new SecretValue(certificate)],
    ]),
    metadata: { namespace, name, labels },
  };
}
