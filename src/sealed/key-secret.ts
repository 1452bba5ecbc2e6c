import { isRecord, recordAt, textAt } from '../manifests/objects.ts';
import { type KeyReading, readSealingKey } from './sealing-key.ts';

/** The label by which sealed-secrets knows its keys. Any value but {@link ACTIVE} takes a key out of use. */
export const KEY_LABEL = 'sealedsecrets.bitnami.com/sealed-secrets-key';
export const ACTIVE = 'active';
/** Before there was a label, the one key had this name; sealed-secrets loads it to this day. */
export const LEGACY_KEY_NAME = 'sealed-secrets-key';

export interface KeySecretOptions {
  /** Also keys that were taken out of use: they still open what they sealed, and nothing is sealed for them. */
  readonly retired?: boolean;
  /** Also Secrets without the label: those of a file that somebody named as keys. */
  readonly unlabelled?: boolean;
}

/**
 * Reads a Secret that may hold a sealing key, as the API server or a backup file has it.
 *
 * @returns undefined where it is none, or one that was taken out of use
 */
export function readKeySecret(secret: unknown, options: KeySecretOptions = {}): KeyReading | undefined {
  const metadata = recordAt(secret, 'metadata');
  const use = useOf(metadata, options);
  if (use === undefined) return undefined;
  const [namespace, name] = [textAt(metadata, 'namespace'), textAt(metadata, 'name') ?? ''];
  const fullName = namespace === undefined ? name : `${namespace}/${name}`;
  const privateKey = dataOf(secret, 'tls.key');
  if (privateKey === undefined) return { name: fullName, broken: 'has no tls.key' };
  const certificate = use === 'active' ? dataOf(secret, 'tls.crt') : undefined;
  const createdMs = Date.parse(textAt(metadata, 'creationTimestamp') ?? '');
  return readSealingKey({
    name: fullName,
    privateKey,
    createdMs: Number.isNaN(createdMs) ? 0 : createdMs,
    ...(certificate === undefined ? {} : { certificate }),
  });
}

function useOf(
  metadata: unknown,
  { retired, unlabelled }: KeySecretOptions,
): 'active' | 'retired' | undefined {
  const label = textAt(recordAt(metadata, 'labels'), KEY_LABEL);
  if (label === ACTIVE) return 'active';
  if (label !== undefined) return retired === true ? 'retired' : undefined;
  return unlabelled === true || textAt(metadata, 'name') === LEGACY_KEY_NAME ? 'active' : undefined;
}

function dataOf(secret: unknown, key: string): string | undefined {
  const base64 = isRecord(secret) ? textAt(secret['data'], key) : undefined;
  return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString('latin1');
}
