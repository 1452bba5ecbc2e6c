import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { textOf } from '../request/encoding.ts';
import type { SecretValue } from '../secret-value.ts';

type Data = ReadonlyMap<string, SecretValue>;

/** What Kubernetes wants of the values beside their type: what is missing, or undefined. */
type Rule = (data: Data) => string | undefined;

const json =
  (key: string): Rule =>
  (data) =>
    isJsonObject(data.get(key)) ? undefined : `a JSON object in the key ${key}`;

const filled =
  (key: string): Rule =>
  (data) =>
    (data.get(key)?.size ?? 0) > 0 ? undefined : `a value in the key ${key}`;

const anyOf =
  (...keys: readonly string[]): Rule =>
  (data) =>
    keys.some((key) => data.has(key)) ? undefined : `the key ${keys.join(' or ')}`;

const allOf =
  (...keys: readonly string[]): Rule =>
  (data) =>
    keys.every((key) => data.has(key)) ? undefined : `the keys ${keys.join(' and ')}`;

/** The types that give nobody anything but their values (core validation, ValidateSecret). */
const HARMLESS: Readonly<Record<string, Rule>> = {
  Opaque: () => undefined,
  'kubernetes.io/dockercfg': json('.dockercfg'),
  'kubernetes.io/dockerconfigjson': json('.dockerconfigjson'),
  'kubernetes.io/basic-auth': anyOf('username', 'password'),
  'kubernetes.io/ssh-auth': filled('ssh-privatekey'),
  'kubernetes.io/tls': allOf('tls.crt', 'tls.key'),
};

export const HARMLESS_TYPES: readonly string[] = Object.keys(HARMLESS);

/**
 * Throws LK-POLICY for a type that the operator did not allow. Some types make others act: of a
 * `kubernetes.io/service-account-token` Kubernetes makes a credential.
 *
 * @param allowed types beyond the harmless ones (`--allow-secret-types`)
 */
export function checkSecretType(type: string, allowed: readonly string[]): void {
  if (HARMLESS_TYPES.includes(type) || allowed.includes(type)) return;
  throw new LatchkeyError(
    'LK-POLICY',
    `Secrets of type ${quoted(type)} are not made`,
    `Types are ${HARMLESS_TYPES.join(', ')}; the operator allows others with --allow-secret-types.`,
  );
}

function isJsonObject(value: SecretValue | undefined): boolean {
  try {
    const parsed: unknown = JSON.parse(textOf(value?.reveal() ?? new Uint8Array()) ?? '');
    return typeof parsed === 'object' && !Array.isArray(parsed);
  } catch {
    return false;
  }
}

/** Throws LK-DEFINITION where Kubernetes would refuse a Secret of this type with these values. */
export function checkTypedData(type: string, data: Data): void {
  const missing = Object.hasOwn(HARMLESS, type) ? HARMLESS[type]?.(data) : undefined;
  if (missing === undefined) return;
  throw new LatchkeyError(
    'LK-DEFINITION',
    `a Secret of type ${type} needs ${missing}`,
    'Give it what it needs, or leave the type out.',
  );
}
