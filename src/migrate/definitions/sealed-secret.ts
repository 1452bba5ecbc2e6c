// SealedSecrets of sealed-secrets.

import { isObjectName } from '../../definitions/eso/object-name.ts';
import { readSealedSecret } from '../../definitions/sealed-secret/read-sealed-secret.ts';
import type { Entry, SealedSecretSpec } from '../../definitions/sealed-secret/sealed-secret.ts';
import { describe } from '../../errors.ts';
import type { ManifestObject } from '../../manifests/objects.ts';
import { quoted } from '../../quote.ts';
import { parseReference } from '../../request/reference.ts';
import { parseCiphertext } from '../../sealed/ciphertext.ts';
import type { Scope } from '../../sealed/scope.ts';
import { meaningOfFormula } from '../templates/content-of-formula.ts';
import { goFormula } from '../templates/go-formula.ts';
import type { Around, DefinitionKind, MadeSecret } from './definition-kind.ts';
import { type Meaning, notConvertible, type Whole } from './meaning.ts';

export const SEALED_SECRET: DefinitionKind = {
  is: ({ apiVersion, kind }) => apiVersion === 'bitnami.com/v1alpha1' && kind === 'SealedSecret',
  secretsOf: (definition, around) => [secretOf(definition, around)],
};

function secretOf(definition: ManifestObject, { defaultNamespace }: Around): MadeSecret {
  const read = readSealedSecret(definition.value);
  const namespace = definition.namespace ?? defaultNamespace;
  const wide = (): SealedSecretSpec => {
    if (read.kind === 'problems')
      throw notConvertible(`its definition is wrong: ${describe(read.problems[0])}`);
    if (read.spec.scope === 'strict') throw strictlySealed(read.spec.name, namespace);
    return read.spec;
  };
  return {
    definition,
    namespace,
    name: definition.name,
    openedWith: read.kind === 'problems' ? [] : flagsFor(read.spec.scope),
    meaningOf: (key) => meaningOf(wide(), key),
    whole: () => whole(wide()),
  };
}

/** What `serve` must be started with. */
function flagsFor(scope: Scope): readonly string[] {
  const keys = '--sealing-key-namespaces';
  return scope === 'cluster-wide' ? [keys, '--allow-cluster-wide'] : [keys];
}

function strictlySealed(name: string, namespace: string): Error {
  // People paste commands into a shell, and a file that somebody else wrote may name anything.
  const isSafe = isObjectName(name) && isObjectName(namespace);
  const command = isSafe
    ? `: kubectl get secret ${name} -n ${namespace} -o yaml | latchkey seal --scope namespace-wide`
    : '';
  return notConvertible(
    'it is sealed strictly, for its SealedSecret alone: in an annotation, the author of a pod would choose the name that it is bound to',
    `Leave it as it is, with adoption; or seal its values for the namespace${command}.`,
  );
}

/** What sealed-secrets makes of the key: a sealed value before a template, and nothing where the template is null. */
function meaningOf(spec: SealedSecretSpec, key: string): Meaning {
  const written = spec.template.data.find((entry) => entry.key === key);
  if (written !== undefined && 'omitted' in written) throw noKey(key);
  const sealed = spec.encryptedData.find((entry) => entry.key === key);
  if (sealed !== undefined) return sealedMeaning(sealed);
  if (written === undefined) throw noKey(key);
  return meaningOfFormula(goFormula(written.text), (each) => named(spec, each));
}

function noKey(key: string): Error {
  return notConvertible(`its definition makes no key ${quoted(key)}`);
}

function sealedMeaning({ text }: Entry): Meaning {
  // Otherwise what stands behind it could pass for an option of the reference.
  parseCiphertext(text);
  // A SealedSecret may break its lines; a reference stands on one.
  return { content: [parseReference(`sealed:${text.replaceAll(/\s/g, '')}`)], differences: [] };
}

/** What a template finds under a name: a sealed value, or else the text of a template, which is not run. */
function named({ encryptedData, template }: SealedSecretSpec, key: string): Meaning {
  const sealed = encryptedData.find((entry) => entry.key === key);
  if (sealed !== undefined) return sealedMeaning(sealed);
  const written = template.data.find((entry) => entry.key === key);
  if (written === undefined || 'omitted' in written)
    throw notConvertible(`its template names ${quoted(key)}, which is not sealed`);
  return { content: [written.text], differences: [] };
}

function whole(spec: SealedSecretSpec): Whole {
  const { encryptedData, template } = spec;
  const omitted = template.data.filter((entry) => 'omitted' in entry).map(({ key }) => key);
  const names = [...encryptedData, ...template.data].map(({ key }) => key);
  const made = names.filter((name) => !omitted.includes(name));
  return { keys: new Map(made.map((name) => [name, meaningOf(spec, name)])), members: [] };
}
