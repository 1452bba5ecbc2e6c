import { createHash } from 'node:crypto';

import { quoted } from '../../quote.ts';
import { createNotes } from '../eso/notes.ts';
import type { DefinitionContext, DefinitionReference, ReadDefinition, SealedQuestion } from '../recipe.ts';
import { checkSecretType } from '../secret-type.ts';
import { composeSealed } from './compose.ts';
import type { Entry, SealedSecretSpec } from './sealed-secret.ts';

/** Changes when the same definition is carried out to other bytes than before. */
const SEMANTICS = 1;

/**
 * What carries a SealedSecret out. Its values are opened for the namespace where it was found and for its own name: what
 * its template says of either is not looked at.
 *
 * @param spec from `readSealedSecret`
 * @returns the recipe, or LK-POLICY for a type of Secret that the operator did not allow. Never throws.
 */
export function sealedRecipe(
  spec: SealedSecretSpec,
  definition: DefinitionReference,
  context: DefinitionContext,
): ReadDefinition {
  const subject = `SealedSecret ${quoted(spec.name)}`;
  const notes = createNotes(subject);
  const { type } = spec.template;
  notes.attempt(type.place, () => checkSecretType(type.value, context.allowedSecretTypes));
  const problems = notes.problems();
  if (problems !== undefined) return { kind: 'problems', problems };
  const sealedFor = { scope: spec.scope, namespace: context.namespace, name: spec.name };
  const sealed = new Map<string, SealedQuestion>(
    spec.encryptedData.map(({ key, text, place }) => [key, { text, sealedFor, place }]),
  );
  return {
    kind: 'recipe',
    recipe: {
      definition,
      secretName: spec.name,
      ownership: spec.owned ? 'owner' : 'orphan',
      questions: [],
      templateObjects: [],
      sealed: [...sealed.values()],
      hash: hashOf(spec),
      warnings: spec.warnings,
      compose: (ingredients) => composeSealed({ spec, sealed, subject }, ingredients),
    },
  };
}

function hashOf({ name, scope, encryptedData, template, owned }: SealedSecretSpec): string {
  const { type, immutable, labels, annotations, data } = template;
  const facts = [
    'sealed-secret',
    SEMANTICS,
    name,
    scope,
    owned,
    texts(encryptedData),
    [type.value, immutable, texts(labels), texts(annotations)],
    data.map((entry) => ('omitted' in entry ? [entry.key] : [entry.key, entry.text])),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

function texts(entries: readonly Entry[]): unknown {
  return entries.map(({ key, text }) => [key, text]);
}
