import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { textOf } from '../request/encoding.ts';
import type { SecretValue } from '../secret-value.ts';

interface Rule {
  /** Keys that must all be there; one of `anyOf` suffices. */
  readonly allOf?: readonly string[];
  readonly anyOf?: readonly string[];
  /** The key whose value must be a JSON object. */
  readonly json?: string;
  /** The key whose value must not be empty. */
  readonly filled?: string;
}

/** The types that give nobody anything but their values, and what Kubernetes wants of each (core validation, ValidateSecret). */
const HARMLESS: Readonly<Record<string, Rule>> = {
  Opaque: {},
  'kubernetes.io/dockercfg': { allOf: ['.dockercfg'], json: '.dockercfg' },
  'kubernetes.io/dockerconfigjson': { allOf: ['.dockerconfigjson'], json: '.dockerconfigjson' },
  'kubernetes.io/basic-auth': { anyOf: ['username', 'password'] },
  'kubernetes.io/ssh-auth': { allOf: ['ssh-privatekey'], filled: 'ssh-privatekey' },
  'kubernetes.io/tls': { allOf: ['tls.crt', 'tls.key'] },
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

/** Throws LK-DEFINITION or LK-NOT-JSON where Kubernetes would refuse a Secret of this type with these values. */
export function checkTypedData(type: string, data: ReadonlyMap<string, SecretValue>): void {
  const rule = Object.hasOwn(HARMLESS, type) ? HARMLESS[type] : undefined;
  if (rule === undefined) return;
  const missing = (rule.allOf ?? []).filter((key) => !data.has(key));
  if (missing.length > 0) throw incomplete(type, `needs ${named(missing, ' and ')}`);
  const { anyOf = [], json, filled } = rule;
  if (anyOf.length > 0 && !anyOf.some((key) => data.has(key))) {
    throw incomplete(type, `needs ${named(anyOf, ' or ')}`);
  }
  if (filled !== undefined && data.get(filled)?.size === 0) {
    throw incomplete(type, `needs a value in ${filled}`);
  }
  if (json !== undefined && !isJsonObject(data.get(json))) {
    throw new LatchkeyError(
      'LK-NOT-JSON',
      `a Secret of type ${type} needs a JSON object in ${json}`,
      'Store the configuration of the registry as docker login writes it.',
    );
  }
}

function named(keys: readonly string[], between: string): string {
  return `the ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(between)}`;
}

function incomplete(type: string, what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-DEFINITION',
    `a Secret of type ${type} ${what}`,
    'Give the missing key a value, or leave the type out.',
  );
}
