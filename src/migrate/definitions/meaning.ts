import { LatchkeyError } from '../../errors.ts';
import type { ParsedTemplate } from '../../request/template.ts';
import type { Reference } from '../../request/reference.ts';
import type { Difference } from '../differences.ts';

/** The role that is assumed to read: what annotations can say of it. */
export interface Role {
  readonly arn: string;
  readonly externalId?: string;
}

/** What a key of a Secret holds, in the words of annotations. */
export interface Meaning {
  /** Text and references, in order; text alone where the definition holds a constant. */
  readonly content: ParsedTemplate;
  /** Absent: the reader's own role reads. */
  readonly role?: Role;
  readonly differences: readonly Difference[];
}

/** Many keys at once, whose names only AWS knows. */
export interface Members {
  /** As `env-from` and `files-from` take it. */
  readonly reference: Reference;
  readonly role?: Role;
  readonly differences: readonly Difference[];
}

/** All that a Secret holds. */
export interface Whole {
  /** Keys that the definition names, each over what members bring. */
  readonly keys: ReadonlyMap<string, Meaning>;
  /** Permission bits of keys that are files with a mode of their own. */
  readonly modes?: ReadonlyMap<string, number>;
  /** In the order in which they are merged: what comes later wins. */
  readonly members: readonly Members[];
}

/** Why something cannot be said in annotations. */
export function notConvertible(message: string, remedy = ''): LatchkeyError {
  return new LatchkeyError('LK-DEFINITION', message, remedy);
}

/** For Maps and comparisons: two roles that are the same have one key. */
export function roleKey(role: Role | undefined): string {
  return role === undefined ? '' : JSON.stringify([role.arn, role.externalId ?? null]);
}

export function isReference(part: string | Reference): part is Reference {
  return typeof part !== 'string';
}

/** The one reference that a content is; undefined for everything else. */
export function onlyReference({ content }: Pick<Meaning, 'content'>): Reference | undefined {
  const [only] = content;
  return content.length === 1 && only !== undefined && isReference(only) ? only : undefined;
}

/** Whether somebody must have a right for it: constants and sealed values stand in the manifest. */
export function readsAws({ content }: Pick<Meaning, 'content'>): boolean {
  return content.some((part) => isReference(part) && part.store !== 'sealed');
}
