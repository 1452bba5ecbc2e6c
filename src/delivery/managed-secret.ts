import { LatchkeyError } from '../errors.ts';
import type { NewSecret } from '../kubernetes/kubernetes.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, SECRET_MAC, SECRET_REFERENCES, VELERO_EXCLUDE } from '../names.ts';
import type { Filled } from '../request/evaluate.ts';
import { dataKey, slotLabel } from '../request/slot.ts';
import { secretMac } from './secret-name.ts';
import type { SecretSource } from './secret-sources.ts';
import { sourcesText } from './secret-sources.ts';

export interface ManagedSecretOptions {
  /** The installation's. */
  readonly key: Uint8Array;
  /** From `secretName`. */
  readonly name: string;
  readonly namespace: string;
  /** The pod's controller, where a live read showed it with that uid. */
  readonly owner?: NewSecret['owner'];
  readonly filled: readonly Filled[];
  /** What was read, for people: from `secretSources`. */
  readonly sources: readonly SecretSource[];
}

/**
 * The API server refuses more than 1 MiB of values. Keys are counted as well, to leave room for them in etcd's limit of
 * 1.5 MiB on the whole object.
 */
const MAX_BYTES = 1024 * 1024;
const NAMED = 3;

/**
 * The managed Secret to create: one key a slot, nothing of the pod's labels (Argo CD would prune it by its own tracking
 * label).
 * @throws LatchkeyError LK-TOO-LARGE that names the largest slots
 */
export function managedSecret(options: ManagedSecretOptions): NewSecret {
  const { key, name, namespace, owner, filled, sources } = options;
  checkSize(filled);
  return {
    name,
    namespace,
    type: 'Opaque',
    // Restored from a backup, it would be an old value under a name that promises a new one.
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [VELERO_EXCLUDE]: 'true' },
    annotations: { [SECRET_REFERENCES]: sourcesText(sources), [SECRET_MAC]: secretMac(key, namespace, name) },
    ...(owner === undefined ? {} : { owner }),
    data: new Map(filled.map(({ slot, value }) => [dataKey(slot), value])),
  };
}

function checkSize(filled: readonly Filled[]): void {
  const sizes = filled.map(({ slot, value }) => ({ slot, bytes: dataKey(slot).length + value.size }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= MAX_BYTES) return;
  const largest = sizes
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, NAMED)
    .map(({ slot, bytes }) => `${slotLabel(slot)} (${kibibytes(bytes)} KiB)`);
  throw new LatchkeyError(
    'LK-TOO-LARGE',
    `all values together have ${kibibytes(total)} KiB, and a Secret holds ${kibibytes(MAX_BYTES)} KiB; the largest: ${largest.join(', ')}`,
    'Ask for less, or use delivery memory, which has no such limit for files.',
  );
}

function kibibytes(bytes: number): number {
  return Math.ceil(bytes / 1024);
}
