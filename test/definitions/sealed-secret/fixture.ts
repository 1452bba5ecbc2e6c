// One case of test/fixtures/definitions/sealed: a SealedSecret and, after `---`, what must come of it. Its values are
// written as what is to be sealed (`seal:TEXT`, `bytes:BASE64`, `wrapped:TEXT` for one with line breaks), so that a case can be
// read; whatever else stands there stays as it is.

import { createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { parseAllDocuments } from 'yaml';

import type { Composed, DefinitionContext, Ingredients, Recipe } from '../../../src/definitions/recipe.ts';
import { readSealedSecret } from '../../../src/definitions/sealed-secret/read-sealed-secret.ts';
import { sealedRecipe } from '../../../src/definitions/sealed-secret/sealed-recipe.ts';
import { LatchkeyError } from '../../../src/errors.ts';
import { keyRing } from '../../../src/sealed/key-ring.ts';
import { createOpener } from '../../../src/sealed/opener.ts';
import { labelOf, type SealedFor, scopeOf } from '../../../src/sealed/scope.ts';
import { sealValue } from '../../../src/sealed/seal-value.ts';
import { readSealingKey } from '../../../src/sealed/sealing-key.ts';
import type { SecretValue } from '../../../src/secret-value.ts';
import type { ShownSecret } from '../shown-secret.ts';
import { fixtureKeys } from '../../support/sealing-keys.ts';

export interface SealedSecretObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly encryptedData?: Readonly<Record<string, unknown>>;
  };
}

/** A Secret for people: text as such, bytes in base64. */
export interface Outcome {
  readonly context?: Partial<DefinitionContext>;
  /** For whom the values were sealed, where that is not what the SealedSecret says. */
  readonly sealed?: Partial<SealedFor>;
  readonly secret?: ShownSecret;
  readonly owned?: false;
  /** `CODE field`, in order. */
  readonly problems?: readonly string[];
  /** A part of the problems' messages. */
  readonly says?: string;
  /** A part of each warning. */
  readonly warnings?: readonly string[];
  /** What sealed-secrets does, where that is something else. */
  readonly original?: string;
  /** The original is not asked: it would not end. */
  readonly runsAway?: true;
}

export interface Case {
  readonly name: string;
  readonly definition: SealedSecretObject;
  readonly outcome: Outcome;
}

const FOLDER = new URL('../../fixtures/definitions/sealed/', import.meta.url);
const [FIRST] = fixtureKeys();
if (FIRST === undefined) throw new Error('no key');
const reading = readSealingKey({ name: '2048', createdMs: 0, ...FIRST });
if ('broken' in reading) throw new Error(reading.broken);
const { key } = reading;
const publicKey = createPublicKey(key.privateKey);

/** Every case, by the name of its file, with its values sealed. */
export async function readCases(): Promise<readonly Case[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  return await Promise.all(files.map(async (file) => await readCase(file.replace('.yaml', ''))));
}

/** @param annotations to be laid over its own, before its values are sealed */
export async function readCase(name: string, annotations: object = {}): Promise<Case> {
  const documents = parseAllDocuments(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8'));
  const [written, outcome] = documents.map((document): unknown => document.toJS());
  const { sealed = {} } = outcome as Outcome;
  return {
    name,
    definition: await withSealed(annotated(written as SealedSecretObject, annotations), sealed),
    outcome: outcome as Outcome,
  };
}

function annotated(object: SealedSecretObject, more: object): SealedSecretObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...more } } };
}

async function withSealed(
  object: SealedSecretObject,
  other: Partial<SealedFor>,
): Promise<SealedSecretObject> {
  const { metadata, spec } = object;
  if (spec.encryptedData === undefined) return object;
  const { name, namespace, annotations = {} } = metadata;
  const label = labelOf({ scope: scopeOf(annotations), namespace, name, ...other });
  const entries = Object.entries(spec.encryptedData).map(
    async ([key, text]) => [key, typeof text === 'string' ? await sealedText(text, label) : text] as const,
  );
  return { ...object, spec: { ...spec, encryptedData: Object.fromEntries(await Promise.all(entries)) } };
}

async function sealedText(written: string, label: string): Promise<string> {
  const [, how, text = ''] = /^(seal|bytes|wrapped):(.*)$/s.exec(written) ?? [];
  if (how === undefined) return written;
  const value = new Uint8Array(Buffer.from(text, how === 'bytes' ? 'base64' : 'utf8'));
  const sealed = await sealValue(value, label, publicKey);
  return how === 'wrapped' ? sealed.replaceAll(/.{64}/g, '$&\n') : sealed;
}

export interface Carried {
  readonly recipe?: Recipe;
  readonly composed: Composed;
}

/** Reads, opens and composes. */
export async function carryOut({ definition, outcome }: Case): Promise<Carried> {
  const { apiVersion, kind: objectKind, metadata } = definition;
  const { name, namespace } = metadata;
  const read = readSealedSecret(definition);
  if (read.kind === 'problems') return { composed: read };
  const reference = { kind: 'sealed-secret', apiVersion, objectKind, namespace, name, uid: '' } as const;
  const context = {
    namespace,
    namespaceLabels: {},
    namespaceAnnotations: {},
    allowedSecretTypes: [],
    ...outcome.context,
  };
  const made = sealedRecipe(read.spec, reference, context);
  if (made.kind === 'problems') return { composed: made };
  return { recipe: made.recipe, composed: made.recipe.compose(await opened(made.recipe)) };
}

/** What the fixtures' key opens. */
export async function opened(recipe: Recipe): Promise<Ingredients> {
  const opener = createOpener({ ring: () => keyRing([{ key }]), clock: { wall: () => 0 }, withoutKeys: '' });
  const values = new Map<string, SecretValue | LatchkeyError>();
  for (const { text, sealedFor } of recipe.sealed ?? [])
    values.set(
      text,
      await opener.open({ text, sealedFor }, { left: 10 }).then(
        ({ value }) => value,
        (error: unknown) => {
          if (error instanceof LatchkeyError) return error;
          throw error;
        },
      ),
    );
  return {
    answers: () => {
      throw new Error('nothing is asked of AWS');
    },
    templateObject: () => undefined,
    opened: ({ text }) => values.get(text) ?? new LatchkeyError('LK-INTERNAL', 'not opened'),
  };
}
