import type { Path } from '../../manifests/node-path.ts';
import { isRecord, type ManifestObject, recordAt, textsAt } from '../../manifests/objects.ts';
import { podTemplateOf } from '../../manifests/pod-templates.ts';
import { PREFIX } from '../../names.ts';
import { asksInPlace } from '../../request/in-place-value.ts';
import type { Scope } from '../../sealed/scope.ts';
import type { SealedObject } from './sealed-object.ts';

/** A text of a pod template with `sealed:` references in it. */
export interface ReferringText {
  /** In the object. */
  readonly path: Path;
  readonly text: string;
  /** Each once. */
  readonly ciphertexts: readonly string[];
}

const REFERENCE = /\bsealed:([A-Za-z0-9+/]+={0,2})/g;

/** Whether a file may hold any that a key has sealed: not every file with the word has to be YAML. */
export function maySealReferences(text: string): boolean {
  return /\bsealed:[A-Za-z0-9+/]{300}/.test(text);
}

/** Every annotation and variable in place of an object's pods that holds sealed values. */
export function sealedReferencesOf(object: ManifestObject): readonly ReferringText[] {
  const template = podTemplateOf(object);
  if (template === undefined) return [];
  const annotations = Object.entries(textsAt(recordAt(template.value, 'metadata'), 'annotations'))
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, text]) => ({ path: [...template.path, 'metadata', 'annotations', key], text }));
  const spec = recordAt(template.value, 'spec');
  const variables = ['initContainers', 'containers'].flatMap((list) =>
    entriesOf(spec[list]).flatMap(([container, at]) =>
      entriesOf(recordAt({ container }, 'container')['env']).flatMap(([variable, index]) => {
        const text = recordAt({ variable }, 'variable')['value'];
        if (typeof text !== 'string' || !asksInPlace(text)) return [];
        return [{ path: [...template.path, 'spec', list, at, 'env', index, 'value'], text }];
      }),
    ),
  );
  return [...annotations, ...variables].flatMap((each) => {
    const ciphertexts = [...each.text.matchAll(REFERENCE)].flatMap(([, found]) => found ?? []);
    return ciphertexts.length === 0 ? [] : [{ ...each, ciphertexts: [...new Set(ciphertexts)] }];
  });
}

function entriesOf(list: unknown): readonly (readonly [unknown, number])[] {
  return Array.isArray(list) ? list.map((item: unknown, index) => [item, index] as const) : [];
}

/**
 * One sealed value of a reference, as a SealedSecret of one key `value`, for each scope that references take. Without a
 * namespace only what is sealed for the whole cluster can be tried.
 */
export function asSealedObjects(
  object: ManifestObject,
  ciphertext: string,
  namespace: string | undefined,
): readonly SealedObject[] {
  const own = object.namespace ?? namespace;
  const scopes: readonly Scope[] = own === undefined ? ['cluster-wide'] : ['namespace-wide', 'cluster-wide'];
  return scopes.map((scope) => ({
    object,
    sealedFor: { scope, namespace: own ?? '', name: object.name },
    encryptedData: new Map([[VALUE, ciphertext]]),
  }));
}

/** The remedy where only that was tried. */
export const NO_NAMESPACE =
  'It names no namespace, and most references are sealed for one: write it, or name it with --namespace.';

/** The key under which {@link asSealedObjects} puts it. */
export const VALUE = 'value';

/** The text at a path of an object, if there is one. */
export function textAtPath({ value }: ManifestObject, path: Path): unknown {
  let found: unknown = value;
  for (const step of path) {
    if (Array.isArray(found)) found = typeof step === 'number' ? found[step] : undefined;
    else
      found =
        isRecord(found) && typeof step === 'string' && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found;
}
