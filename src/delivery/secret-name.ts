import { timingSafeEqual } from 'node:crypto';
import { RESERVED_PREFIX } from '../names.ts';
import type { Filled } from '../request/evaluate.ts';
import { dataKey } from '../request/slot.ts';
import { mac, MAC_BYTES } from './mac.ts';

/** Whom a managed Secret is for, and what was asked. Any difference in any field gives another name. */
export interface SecretScope {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly serviceAccountUid: string;
  readonly roleChain: readonly string[];
  readonly externalId?: string;
  /** Every region that is asked. */
  readonly regions: readonly string[];
  /** The controller's uid, where a live read showed it. */
  readonly ownerUid?: string;
  readonly revision: string;
  readonly planHash: string;
}

/** The two parts of a managed Secret's name. */
export interface SecretParts {
  readonly h1: string;
  readonly h2: string;
}

const LONGEST_OWNER = 40;
const PART = `[0-9a-f]{${MAC_BYTES * 2}}`;
const NAME = new RegExp(
  `^${RESERVED_PREFIX}[a-z0-9](?:[a-z0-9-]{0,${LONGEST_OWNER - 2}}[a-z0-9])?-(${PART})(${PART})$`,
);

/**
 * h1, the part of the name that says for whom and what: the same for all pods of a revision.
 * @param key the installation's key, at least 32 bytes
 * @returns 32 hexadecimal digits
 * @throws RangeError when the key is too short
 */
export function secretIdentity(key: Uint8Array, scope: SecretScope): string {
  const tuple = [
    scope.namespace,
    scope.serviceAccount,
    scope.serviceAccountUid,
    scope.roleChain,
    scope.externalId ?? null,
    [...new Set(scope.regions)].sort(),
    scope.ownerUid ?? null,
    scope.revision,
    scope.planHash,
  ];
  return mac(key, 'identity', [Buffer.from(JSON.stringify(tuple))]);
}

/**
 * The name of the managed Secret that holds these values: `latchkey-<owner>-<h1><h2>`.
 * @param h1 from {@link secretIdentity}
 */
export function secretName(
  key: Uint8Array,
  { owner, h1, filled }: { readonly owner: string; readonly h1: string; readonly filled: readonly Filled[] },
): string {
  const entries = filled
    .map(({ slot, value }) => [dataKey(slot), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = entries.flatMap(([name, value]) => [Buffer.from(name), value.reveal()]);
  return assemble(owner, h1, mac(key, 'values', [Buffer.from(h1), ...parts]));
}

/** A name of the same form that depends on no value: for a dry run, which must be no oracle. */
export function dryRunSecretName(
  key: Uint8Array,
  { owner, h1 }: { readonly owner: string; readonly h1: string },
): string {
  return assemble(owner, h1, mac(key, 'dry-run', [Buffer.from(h1)]));
}

/** The parts of a managed Secret's name; `undefined` for every other name. */
export function readSecretName(name: string): SecretParts | undefined {
  const [, h1, h2] = NAME.exec(name) ?? [];
  return h1 === undefined || h2 === undefined ? undefined : { h1, h2 };
}

/** Whether a name is that of a managed Secret made for this identity, compared in constant time. */
export function isSecretOf(name: string, h1: string): boolean {
  const found = readSecretName(name)?.h1 ?? '';
  return found.length === h1.length && timingSafeEqual(Buffer.from(found), Buffer.from(h1));
}

/**
 * What a managed Secret carries so that the sweeper knows it: nobody without the installation's key can make it for
 * another namespace or name. The name alone proves nothing to who lacks the values that it is made of.
 * @returns 32 hexadecimal digits
 */
export function secretMac(key: Uint8Array, namespace: string, name: string): string {
  return mac(key, 'managed', [Buffer.from(namespace), Buffer.from(name)]);
}

/** Whether `given` is {@link secretMac} of that Secret, compared in constant time. */
export function isSecretMac(
  given: string,
  { key, namespace, name }: { readonly key: Uint8Array; readonly namespace: string; readonly name: string },
): boolean {
  const expected = Buffer.from(secretMac(key, namespace, name));
  const found = Buffer.from(given);
  return found.length === expected.length && timingSafeEqual(found, expected);
}

function assemble(owner: string, h1: string, h2: string): string {
  // Cut first, then trimmed: a cut may end in a hyphen, and dots are not wanted between our own parts.
  const safe = owner
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, LONGEST_OWNER)
    .replace(/-+$/, '');
  return `${RESERVED_PREFIX}${safe === '' ? 'pod' : safe}-${h1}${h2}`;
}
