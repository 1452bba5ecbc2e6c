import type { ManifestObject } from '../../manifests/objects.ts';
import type { Meaning, Whole } from './meaning.ts';

/** A Secret that a definition makes, or the files that pods mount of it (`classFiles`), as annotations can say it. */
export interface MadeSecret {
  readonly definition: ManifestObject;
  readonly namespace: string;
  readonly name: string;
  /** Who read it until now: `the role of KES`, for notes. Absent: nobody, its values stand in the definition. */
  readonly reader?: string;
  /** Of sealed values, the flags with which `serve` opens them, for notes. */
  readonly openedWith?: readonly string[];
  /** @throws LatchkeyError where annotations cannot say what the key holds, or no such key is made */
  meaningOf(key: string): Meaning;
  /** @throws LatchkeyError where annotations cannot say all that the Secret holds */
  whole(): Whole;
}

/** What surrounds a definition in the input. */
export interface Around {
  readonly objects: readonly ManifestObject[];
  /** Of objects that name none. */
  readonly defaultNamespace: string;
  /** Of definitions and stores that name none; undefined where nobody said it. */
  readonly region?: string;
  /** Throws LatchkeyError where a patch of the input changes the object, so that it does not say by itself what it means. */
  checkWhole(object: ManifestObject): void;
}

/**
 * One kind of definition that people have, read for migrating. A new kind is one file with such an object, and one line in
 * `definition-kinds.ts`.
 */
export interface DefinitionKind {
  /** Whether it is one; nothing else of the object has been looked at. */
  is(object: ManifestObject): boolean;
  /** The Secrets that it makes; whatever is wrong with it is thrown by what they are asked. */
  secretsOf(definition: ManifestObject, around: Around): readonly MadeSecret[];
}
