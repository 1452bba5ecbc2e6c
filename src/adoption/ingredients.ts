import type { Access, Ingredients, Recipe, SealedQuestion, TemplateObject } from '../definitions/recipe.ts';
import { sourcesText } from '../delivery/secret-sources.ts';
import { LatchkeyError } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { Answers } from '../request/evaluate.ts';
import { type Opener, TRIES_OF_A_REVIEW } from '../sealed/opener.ts';
import type { SecretValue } from '../secret-value.ts';

type Data = ReadonlyMap<string, SecretValue> | undefined;

export interface GatherOptions {
  readonly api: Pick<AdoptionApi, 'secret' | 'configMap'>;
  readonly signal: AbortSignal;
  readonly opener: Opener;
}

/** Reads what a recipe's template names in the namespace of its definition, beside the answers of AWS. */
export async function gatherIngredients(
  { definition: { namespace }, templateObjects, sealed = [] }: Recipe,
  answers: (access: Access) => Answers,
  { api, signal, opener }: GatherOptions,
): Promise<Ingredients> {
  const objects = new Map<string, Data>();
  await Promise.all(
    templateObjects.map(async (object) => {
      const { kind, name } = object;
      const data =
        kind === 'ConfigMap'
          ? await api.configMap(namespace, name, signal)
          : (await api.secret(namespace, name, signal))?.data;
      objects.set(objectKey(object), data);
    }),
  );
  const opened = await openAll(sealed, opener);
  return {
    answers,
    templateObject: (object) => objects.get(objectKey(object)),
    opened: (question) => opened.get(question) ?? unopened(),
  };
}

/** One after the other: the first shows which key is the likeliest for the next. */
async function openAll(
  questions: readonly SealedQuestion[],
  opener: Opener,
): Promise<ReadonlyMap<SealedQuestion, SecretValue | LatchkeyError>> {
  const tries = { left: TRIES_OF_A_REVIEW + questions.length };
  const opened = new Map<SealedQuestion, SecretValue | LatchkeyError>();
  for (const question of questions)
    opened.set(question, await opener.open(question, tries).then(({ value }) => value, asAnswer));
  return opened;
}

function asAnswer(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  throw error;
}

function unopened(): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', 'nobody opened this value', 'Please report this.');
}

/** One line for each thing that was read, with its version: for people. */
export function sourcesOf({ questions }: Recipe, { answers }: Ingredients): string {
  return sourcesText(
    questions.map(({ access, address, place, text }) => {
      const isMany = address.below !== undefined || address.find !== undefined;
      const answer = isMany ? undefined : answers(access).one(address);
      const source = { place: place.label, reference: text };
      return answer === undefined || answer instanceof LatchkeyError
        ? source
        : { ...source, version: answer.version };
    }),
  );
}

function objectKey({ kind, name }: TemplateObject): string {
  return `${kind}/${name}`;
}
