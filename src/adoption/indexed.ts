import { createHash } from 'node:crypto';
import type { DefinitionKind, DefinitionReference } from '../definitions/recipe.ts';
import { objectMeta } from '../kubernetes/objects.ts';
import { isBeingDeleted } from './being-deleted.ts';
import { DEFINITION_KINDS, secretNamesOf } from './definition-kinds.ts';

/** What is kept of a definition. */
export interface Indexed {
  readonly reference: DefinitionReference;
  /** Where the Secrets are that it makes; at least one. */
  readonly secrets: readonly string[];
  /** Of everything that decides about the Secret; a new status is no change. */
  readonly digest: string;
}

/** Undefined for what makes no Secret, and for what is on its way out. */
export function indexed(kind: DefinitionKind, object: unknown): Indexed | undefined {
  const reference = definitionReference(kind, object);
  const names = secretNamesOf(kind, object);
  if (reference === undefined || names.length === 0 || isBeingDeleted(object)) return undefined;
  const { metadata, spec, secretDescriptor } = object as Readonly<Record<string, unknown>>;
  const { labels, annotations } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  const decides = JSON.stringify([reference.uid, labels, annotations, spec, secretDescriptor]);
  const digest = createHash('sha256').update(decides).digest('base64');
  const secrets = names.map((name) => secretPlace(reference.namespace, name));
  return { reference, secrets, digest };
}

/** A definition as the API server has it, by name and uid; undefined for what is none. */
export function definitionReference(kind: DefinitionKind, object: unknown): DefinitionReference | undefined {
  const meta = objectMeta(object);
  const { apiVersion } = (object ?? {}) as { readonly apiVersion?: unknown };
  if (meta?.namespace === undefined) return undefined;
  const { group, versions, objectKind } = DEFINITION_KINDS[kind];
  return {
    kind,
    // A list's items may leave it out.
    apiVersion: typeof apiVersion === 'string' ? apiVersion : `${group}/${versions[0]}`,
    objectKind,
    namespace: meta.namespace,
    name: meta.name,
    uid: meta.uid,
  };
}

/** Where an object is, as one text. */
export function placeOf(object: unknown): string | undefined {
  const meta = objectMeta(object);
  return meta?.namespace === undefined ? undefined : secretPlace(meta.namespace, meta.name);
}

/** Neither name can contain a slash. */
export function secretPlace(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
