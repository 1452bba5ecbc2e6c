import { kindOf, makesSecret, secretNamesOf } from '../../adoption/definition-kinds.ts';
import { createDefinitionReaders } from '../../adoption/definition-readers.ts';
import type { StoreReference } from '../../adoption/lending.ts';
import type { DefinitionReaders } from '../../adoption/read-definition.ts';
import { STORE_KINDS } from '../../definitions/eso/external-secret.ts';
import { readStore } from '../../definitions/eso/read-store.ts';
import { isForeignBackend } from '../../definitions/kes/backend.ts';
import type { DefinitionKind } from '../../definitions/recipe.ts';
import type { Finding } from '../../manifests/finding.ts';
import { recordAt, type Json, type ManifestObject } from '../../manifests/objects.ts';
import { MATERIALIZE, PREFIX } from '../../names.ts';
import { quoted } from '../../quote.ts';
import { contextOf, findingIn, type ClassOptions } from './class-findings.ts';
import { metadataFindings } from './keys.ts';
import { findingAt } from './problem-at.ts';

/**
 * Everything that is wrong with the input's ExternalSecrets of both kinds, their stores and SealedSecrets by themselves. Neither AWS
 * nor sealing keys are asked; a store, or a namespace with its conditions, that is not in the input is taken to be right.
 */
export async function definitionFindings(
  objects: readonly ManifestObject[],
  options: ClassOptions,
): Promise<readonly Finding[]> {
  const stores = objects.filter(isStore);
  const readers = createDefinitionReaders();
  const found = objects.map(async (object) => {
    const kind = kindOf(object.apiVersion, object.kind);
    if (kind === undefined) return [];
    const ofMark = markFindings(object, kind);
    // What is wrong with a SecretProviderClass is told in any case: pods mount it by its name.
    return kind === 'ascp'
      ? ofMark
      : [...ofMark, ...(await problemsOf(object, kind, { ...options, readers, stores }))];
  });
  return [...stores.flatMap(storeFindings), ...(await Promise.all(found)).flat()];
}

/** What a kustomize patch says of a definition is no definition by itself. */
export function isDefinition(object: ManifestObject): boolean {
  return isStore(object) || kindOf(object.apiVersion, object.kind) !== undefined;
}

function isStore({ apiVersion, kind }: ManifestObject): boolean {
  return apiVersion.startsWith('external-secrets.io/') && STORE_KINDS.some((known) => known === kind);
}

/** Definitions of other providers are their controller's business, and so are such stores. */
function isOfOtherProvider(definition: Json): boolean {
  const specs = [recordAt(definition, 'spec'), recordAt(definition, 'secretDescriptor')];
  return specs.some((spec) => isForeignBackend(spec['backendType']));
}

function isOfAws(store: ManifestObject): boolean {
  const provider = recordAt(recordAt(store.value, 'spec'), 'provider');
  return Object.hasOwn(provider, 'aws') || Object.keys(provider).length === 0;
}

function storeFindings(store: ManifestObject): readonly Finding[] {
  const read = readStore(store.value);
  if (read.kind === 'store' || !isOfAws(store)) return [];
  return read.problems.map((problem) => findingIn(store, problem));
}

interface Readings {
  readonly readers: DefinitionReaders;
  readonly stores: readonly ManifestObject[];
}

async function problemsOf(
  object: ManifestObject,
  kind: DefinitionKind,
  options: ClassOptions & Readings,
): Promise<readonly Finding[]> {
  const { value, apiVersion, kind: objectKind, name } = object;
  if (!makesSecret(kind, value)) return [];
  if (kind === 'kes' && isOfOtherProvider(value)) return [];
  const namespace = object.namespace ?? options.namespace;
  const read = await options.readers[kind]({
    object: value,
    definition: { kind, apiVersion, objectKind, namespace, name, uid: '' },
    secretName: secretNamesOf(kind, value)[0] ?? name,
    context: contextOf(namespace, options),
    store: async (reference) => usableStore(reference, namespace, options),
  });
  if (read.kind === 'recipe') return [];
  return read.problems
    .filter(({ code }) => code !== 'LK-NO-DEFINITION')
    .map((problem) => findingIn(object, problem));
}

/** What is wrong with a store is told of the store; the definition is then read without it. */
function usableStore(
  { kind, name }: StoreReference,
  namespace: string,
  { surroundings, namespace: otherwise, stores }: ClassOptions & Readings,
): Json | undefined {
  const store = stores.find(
    (each) =>
      each.kind === kind &&
      each.name === name &&
      (kind === 'ClusterSecretStore' || (each.namespace ?? otherwise) === namespace),
  );
  if (store === undefined || readStore(store.value).kind === 'problems') return undefined;
  if (surroundings.namespace(namespace) !== undefined) return store.value;
  const { conditions: _, ...spec } = recordAt(store.value, 'spec');
  return { ...store.value, spec };
}

/** Our own annotations on a definition. There is one; nobody would miss it before a Secret was missing. */
function markFindings(object: ManifestObject, kind: DefinitionKind): readonly Finding[] {
  const annotations = recordAt(recordAt(object.value, 'metadata'), 'annotations');
  const ours = Object.entries(annotations).filter(([key]) => key.startsWith(PREFIX));
  const wrong = ours.flatMap(([key, value]) => {
    const [message, remedy] = wrongMark(key, value, kind) ?? [];
    if (message === undefined || remedy === undefined) return [];
    const at = ['metadata', 'annotations', key];
    return [findingAt(object, at, { code: 'LK-UNKNOWN', place: `annotation ${key}`, message, remedy })];
  });
  return [...metadataFindings(object, ['metadata']), ...wrong];
}

function wrongMark(key: string, value: unknown, kind: DefinitionKind): readonly [string, string] | undefined {
  if (key !== MATERIALIZE) {
    return [
      'this annotation is not known on a definition',
      `There is ${MATERIALIZE}; others belong to pods.`,
    ];
  }
  // What is no text is told of every annotation.
  if (typeof value !== 'string') return undefined;
  if (value !== 'true' && value !== 'false') return [`${quoted(value)} marks nothing`, 'Write "true".'];
  if (kind !== 'ascp' || value === 'false') return undefined;
  return [
    'Secrets of a SecretProviderClass are made for pods alone',
    'Take it away, or describe the Secret in an ExternalSecret.',
  ];
}
