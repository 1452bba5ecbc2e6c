import { timingSafeEqual } from 'node:crypto';
import type { DefinitionReference } from '../definitions/recipe.ts';
import { mac, MAC_BYTES } from '../delivery/mac.ts';
import type { SecretValue } from '../secret-value.ts';

/** What is in a Secret. */
export interface SecretContent {
  readonly type: string;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** Of what, and as whom, the content of an adopted Secret was read. */
export interface Provenance {
  readonly namespace: string;
  readonly name: string;
  readonly definition: DefinitionReference;
  /** Of the recipe: a changed definition makes another Secret. */
  readonly recipe: string;
  /** An `identityKey` each, of all that were asked. */
  readonly identities: readonly string[];
}

/** Each identity that reads has a proof of its own; a Secret with more of them than this is proved anew. */
const MOST_PROOFS = 16;
const LENGTH = MAC_BYTES * 2;
const PROOF = new RegExp(`^[0-9a-f]{${String(LENGTH)}}$`);

/**
 * Proves that Latchkey read this content, for this definition, as these identities. Without the installation's key it tells
 * nothing: who guesses a value cannot check the guess.
 */
export function proofOf(
  key: Uint8Array,
  { namespace, name, definition, recipe, identities }: Provenance,
  { type, data }: SecretContent,
): string {
  const { kind, uid } = definition;
  const about = [namespace, name, kind, uid, recipe, [...new Set(identities)].sort(), type];
  const entries = [...data].sort(([a], [b]) => (a < b ? -1 : 1));
  return mac(key, 'adopted', [
    Buffer.from(JSON.stringify(about)),
    ...entries.flatMap(([entry, value]) => [Buffer.from(entry), value.reveal()]),
  ]);
}

/** The proofs in an annotation; whatever else somebody put there is none. */
export function readProofs(annotation: string | undefined): readonly string[] {
  if (annotation === undefined || annotation.length > MOST_PROOFS * (LENGTH + 1)) return [];
  return annotation.split(' ').filter((word) => PROOF.test(word));
}

/** Compared in constant time. */
export function isProved(proofs: readonly string[], proof: string): boolean {
  const wanted = Buffer.from(proof);
  return proofs.some((one) => timingSafeEqual(Buffer.from(one), wanted));
}

/** The annotation with one proof more; the earliest go when there are too many. */
export function withProof(proofs: readonly string[], proof: string): string {
  return [...proofs.filter((one) => one !== proof), proof].slice(-MOST_PROOFS).join(' ');
}
