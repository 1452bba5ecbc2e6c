import type { Access, Ingredients, Recipe, TemplateObject } from '../definitions/recipe.ts';
import { sourcesText } from '../delivery/secret-sources.ts';
import { LatchkeyError } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { Answers } from '../request/evaluate.ts';
import type { SecretValue } from '../secret-value.ts';

type Data = ReadonlyMap<string, SecretValue> | undefined;

/** Reads what a recipe's template names in the namespace of its definition, beside the answers of AWS. */
export async function gatherIngredients(
  { definition: { namespace }, templateObjects }: Recipe,
  answers: (access: Access) => Answers,
  { api, signal }: { readonly api: Pick<AdoptionApi, 'secret' | 'configMap'>; readonly signal: AbortSignal },
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
  return { answers, templateObject: (object) => objects.get(objectKey(object)) };
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
