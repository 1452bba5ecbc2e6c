import { isRecord, recordAt, textAt } from '../manifests/objects.ts';
import { type KeyReading, readSealingKey } from './sealing-key.ts';

/** The label by which sealed-secrets knows its keys. Any value but {@link ACTIVE} takes a key out of use. */
export const KEY_LABEL = 'sealedsecrets.bitnami.com/sealed-secrets-key';
export const ACTIVE = 'active';
/** Before there was a label, the one key had this name; sealed-secrets loads it to this day. */
export const LEGACY_KEY_NAME = 'sealed-secrets-key';

/**
 * Reads a Secret that may hold a sealing key, as the API server or a backup file has it.
 *
 * @returns undefined where it is none, or one that was taken out of use
 */
export function readKeySecret(secret: unknown): KeyReading | undefined {
  const metadata = recordAt(secret, 'metadata');
  const label = textAt(recordAt(metadata, 'labels'), KEY_LABEL);
  const name = textAt(metadata, 'name') ?? '';
  if (label === undefined ? name !== LEGACY_KEY_NAME : label !== ACTIVE) return undefined;
  const fullName = `${textAt(metadata, 'namespace') ?? ''}/${name}`;
  const privateKey = dataOf(secret, 'tls.key');
  if (privateKey === undefined) return { name: fullName, broken: 'has no tls.key' };
  const certificate = dataOf(secret, 'tls.crt');
  const createdMs = Date.parse(textAt(metadata, 'creationTimestamp') ?? '');
  return readSealingKey({
    name: fullName,
    privateKey,
    createdMs: Number.isNaN(createdMs) ? 0 : createdMs,
    ...(certificate === undefined ? {} : { certificate }),
  });
}

function dataOf(secret: unknown, key: string): string | undefined {
  const base64 = isRecord(secret) ? textAt(secret['data'], key) : undefined;
  return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString('latin1');
}
