import { type ManifestObject, recordAt, textsAt } from '../manifests/objects.ts';
import { podTemplateOf } from '../manifests/pod-templates.ts';
import { ADOPTION, MATERIALIZE } from '../names.ts';
import type { MadeSecret } from './definitions/definition-kind.ts';
import { type Input, namespaceOf } from './input.ts';
import { madeSecrets } from './made-secrets.ts';
import { mentionsIn } from './mentions.ts';
import { secretsIn, usesOf } from './workloads/uses.ts';

/** What an object uses, by names. */
function namesIn(object: ManifestObject): readonly string[] {
  const template = podTemplateOf(object);
  return [
    ...(template === undefined ? [] : usesOf(template).flatMap(secretsIn)),
    ...mentionsIn(object).map(({ name }) => name),
  ];
}

/** The Secrets that definitions of the input make and that nothing else of the input uses. */
export function unusedSecrets(input: Input): readonly MadeSecret[] {
  const used = new Set(
    input.manifests.objects.flatMap((object) =>
      namesIn(object).map((name) => JSON.stringify([namespaceOf(object, input.options), name])),
    ),
  );
  return madeSecrets(input.around).all.filter(
    ({ namespace, name }) => !used.has(JSON.stringify([namespace, name])),
  );
}

/** The definitions of which every Secret is unused. */
export function unusedDefinitions(input: Input): readonly ManifestObject[] {
  const unused = unusedSecrets(input);
  const all = madeSecrets(input.around).all;
  const definitions = [...new Set(unused.map(({ definition }) => definition))];
  return definitions.filter((definition) =>
    all.every((made) => made.definition !== definition || unused.some((each) => sameSecret(each, made))),
  );
}

/** Whether a definition's Secret is kept for something that is no pod: it, or a Namespace of the input, says so. */
export function isKeptWithoutPods(definition: ManifestObject, { surroundings, options }: Input): boolean {
  const annotations = textsAt(recordAt(definition.value, 'metadata'), 'annotations');
  const namespace = surroundings.namespace(namespaceOf(definition, options));
  return annotations[MATERIALIZE] === 'true' || namespace?.labels[ADOPTION] === 'materialize';
}

function sameSecret(a: MadeSecret, b: MadeSecret): boolean {
  return a.definition === b.definition && a.namespace === b.namespace && a.name === b.name;
}
