import { LatchkeyError } from '../../errors.ts';
import { readDocuments } from '../../manifests/documents.ts';
import { type ManifestObject, objectsOf } from '../../manifests/objects.ts';
import { setTexts } from '../../manifests/set-texts.ts';
import type { SealAnew } from './sealed-anew.ts';
import { asSealedObjects, NO_NAMESPACE, type ReferringText, textAtPath, VALUE } from './sealed-references.ts';

/** New sealed values by the old ones; those that the newest key sealed already are left out. */
export type Renewed = ReadonlyMap<string, string>;

/**
 * Seals what an object's references hold anew, each for whom it was sealed.
 *
 * @throws LatchkeyError LK-SEALED where one does not open
 */
export async function renewReferences(
  object: ManifestObject,
  texts: readonly ReferringText[],
  { sealAnew, namespace }: { readonly sealAnew: SealAnew; readonly namespace: string | undefined },
): Promise<Renewed> {
  const renewed = new Map<string, string>();
  for (const ciphertext of new Set(texts.flatMap(({ ciphertexts }) => ciphertexts))) {
    const anew = await firstThatOpens(asSealedObjects(object, ciphertext, namespace), sealAnew);
    const text = anew.get(VALUE);
    if (text !== undefined) renewed.set(ciphertext, text);
  }
  return renewed;
}

/** The first failure says for what it was tried; that it is not cluster-wide either goes without saying. */
async function firstThatOpens(
  candidates: ReturnType<typeof asSealedObjects>,
  sealAnew: SealAnew,
): Promise<Renewed> {
  let failure: LatchkeyError | undefined;
  for (const candidate of candidates) {
    try {
      return await sealAnew(candidate);
    } catch (error) {
      if (!(error instanceof LatchkeyError) || error.code !== 'LK-SEALED') throw error;
      failure ??= error;
    }
  }
  const { code, message, remedy } = failure ?? new LatchkeyError('LK-INTERNAL', 'nothing was tried', '');
  throw new LatchkeyError(code, message, candidates.length === 1 ? NO_NAMESPACE : remedy);
}

/** What one object's texts become. */
export interface RenewedObject {
  readonly object: ManifestObject;
  readonly texts: readonly ReferringText[];
  readonly renewed: Renewed;
}

/**
 * Puts new sealed values in the places of old ones. A sealed value stands nowhere by chance, so that it is replaced as it
 * stands; only where a text is broken over lines it is written anew.
 *
 * @throws LatchkeyError LK-SYNTAX where the form of the file does not allow it
 */
export function withRenewed(text: string, objects: readonly RenewedObject[]): string {
  const all = objects.flatMap(({ renewed }) => [...renewed]);
  const replaced = all.reduce((before, [old, fresh]) => before.replaceAll(old, fresh), text);
  const now = readDocuments(replaced, '').documents.flatMap(objectsOf);
  const edits = objects.flatMap(({ object, texts, renewed }) => {
    const found = now.find(
      ({ document, at }) => document === object.document && at.join('\n') === object.at.join('\n'),
    );
    return texts.flatMap(({ path, text: before }) => {
      const value = [...renewed].reduce((part, [old, fresh]) => part.replaceAll(old, fresh), before);
      if (found !== undefined && textAtPath(found, path) === value) return [];
      return [{ document: object.document, path: [...object.at, ...path], value }];
    });
  });
  return edits.length === 0 ? replaced : setTexts(replaced, edits);
}
