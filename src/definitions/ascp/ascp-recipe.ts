import { createHash } from 'node:crypto';

import { quoted } from '../../quote.ts';
import { addressKey } from '../../request/addresses.ts';
import type { JmesPath } from '../../request/jmes-path.ts';
import { contentKey } from '../eso/content-key.ts';
import { createNotes, type Notes } from '../eso/notes.ts';
import type { Access, DefinitionContext, DefinitionReference, Question, ReadDefinition } from '../recipe.ts';
import { checkSecretType } from '../secret-type.ts';
import { composeSecretObject, type FilledKey } from './compose.ts';
import type { ProviderClass, SecretObject } from './provider-class.ts';

export interface AscpInput {
  readonly providerClass: ProviderClass;
  /** Which of its `secretObjects` is meant. */
  readonly secretName: string;
  readonly definition: DefinitionReference;
  readonly context: DefinitionContext;
  /** There where a file of the class has an expression. */
  readonly jmesPath?: JmesPath | undefined;
}

/** Changes when the same definition is carried out to other bytes than before. */
const SEMANTICS = 1;

/** A SecretProviderClass names no role: whoever needs the Secret reads. */
const ACCESS: Access = { reader: { kind: 'default' }, roles: [] };

/**
 * What carries out one entry of a SecretProviderClass's `secretObjects`. Only what this Secret holds is read: another object
 * of the class that is not there is of no matter to it.
 *
 * @returns a recipe; or LK-DEFINITION for an entry that is wrong or that only EKS Pod Identity could read for, LK-POLICY for a
 *   type of Secret that the operator did not allow
 */
export function ascpRecipe(input: AscpInput): ReadDefinition {
  const { providerClass, secretName, definition, context, jmesPath } = input;
  const subject = `SecretProviderClass ${quoted(providerClass.name)}`;
  const notes = createNotes(subject);
  const object = providerClass.secretObjects.find(({ name }) => name === secretName);
  if (object === undefined) {
    const message = `none of them is Secret ${quoted(secretName)}`;
    const problems = notes.failed(notes.place('spec.secretObjects'), { message, remedy: 'Add it.' });
    return { kind: 'problems', problems };
  }
  check(object, providerClass, context, notes);
  const keys = keysOf(object, providerClass);
  for (const { source, file } of keys) {
    const expression = source.jmesPath;
    if (expression !== undefined) notes.attempt(file, () => jmesPath?.check(expression), expression);
  }
  const problems = notes.problems();
  if (problems !== undefined) return { kind: 'problems', problems };
  const { failoverRegion, warnings } = providerClass;
  const failover = failoverRegion === undefined ? {} : { failoverRegion };
  return {
    kind: 'recipe',
    recipe: {
      definition,
      secretName,
      ownership: 'owner',
      questions: questionsOf(keys),
      ...failover,
      templateObjects: [],
      hash: hashOf(object, keys, failoverRegion),
      warnings,
      compose: (ingredients) =>
        composeSecretObject({ object, keys, subject, jmesPath }, ingredients.answers(ACCESS)),
    },
  };
}

function check(
  { type, place, problems }: SecretObject,
  { usePodIdentity }: ProviderClass,
  { allowedSecretTypes }: DefinitionContext,
  notes: Notes,
): void {
  notes.take(problems);
  if (type !== '') {
    notes.attempt(notes.place(`${place.field}.type`), () => checkSecretType(type, allowedSecretTypes));
  }
  if (usePodIdentity) notes.add(notes.place('spec.parameters.usePodIdentity'), POD_IDENTITY);
}

/** Its credentials are for a pod that runs; the Secret has to be there before. */
const POD_IDENTITY = {
  message: 'a Secret is made before the pod runs, when nobody has what EKS Pod Identity gives it',
  remedy:
    'Annotate the pod\'s service account with eks.amazonaws.com/role-arn and set usePodIdentity to "false"; or mount the files, or take variables by annotations with latchkey.dev/delivery: memory, which the pod itself reads.',
};

/** The class was read: each path is that of a file. */
function keysOf({ data }: SecretObject, { files }: ProviderClass): readonly FilledKey[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  return data.flatMap(({ path, key, place }) => {
    const file = byPath.get(path);
    return file === undefined ? [] : [{ key, place, source: file.source, file: file.place }];
  });
}

/** Each address once; reading has seen to it that it has one failover. */
function questionsOf(keys: readonly FilledKey[]): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const { source, place } of keys) {
    const { address, text, failover } = source;
    const key = addressKey(address);
    const question = {
      access: ACCESS,
      address,
      place,
      text,
      ...(failover === undefined ? {} : { failover }),
    };
    if (!questions.has(key)) questions.set(key, question);
  }
  return [...questions.values()];
}

function hashOf(
  { name, type, labels, annotations }: SecretObject,
  keys: readonly FilledKey[],
  failoverRegion: string | undefined,
): string {
  const filled = keys.map(({ key, source }) => ({ key, source }));
  const facts = ['ascp', SEMANTICS, { name, type, labels, annotations }, filled, failoverRegion ?? null];
  return createHash('sha256').update(contentKey(facts)).digest('hex');
}
