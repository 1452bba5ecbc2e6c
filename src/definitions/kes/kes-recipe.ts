import { createHash } from 'node:crypto';
import { addressKey } from '../../request/addresses.ts';
import type { DefinitionContext, DefinitionReference, ReadDefinition } from '../recipe.ts';
import { checkSecretType } from '../secret-type.ts';
import { composeSecret } from './compose.ts';
import type { Prepared } from './compose.ts';
import { readFillings } from './fill-template.ts';
import { createFindings } from './findings.ts';
import { checkPermitted } from './permitted.ts';
import { askedOf, distinctQuestions } from './questions.ts';
import type { KesItem, KesSpec, KesTemplatePart } from './spec.ts';

/** Changes when the same definition is carried out to other bytes than before. */
const SEMANTICS = 1;

/**
 * What carries a KES definition out: whose identity reads what, and how the answers become the Secret.
 *
 * @param spec from `readKesSpec`
 * @param context the namespace, whose annotations may forbid the role or a name, and the region where the spec names none
 * @returns the recipe, or every problem at once: LK-POLICY, LK-REGION, LK-DEFINITION, LK-TEMPLATE. Never throws.
 */
export function kesRecipe(
  spec: KesSpec,
  definition: DefinitionReference,
  context: DefinitionContext,
): ReadDefinition {
  const findings = createFindings(spec.place);
  findings.attempt(spec.type.place, () => checkSecretType(spec.type.value, context.allowedSecretTypes));
  checkPermitted(spec, context, findings);
  const asked = askedOf(spec, context.region, findings);
  const questions = distinctQuestions(asked, spec, findings);
  const prepared: Prepared = { spec, asked, fillings: readFillings(spec.template, spec.place, findings) };
  const [first, ...rest] = findings.problems();
  if (first !== undefined) return { kind: 'problems', problems: [first, ...rest] };
  return {
    kind: 'recipe',
    recipe: {
      definition,
      secretName: spec.name,
      // KES makes its definition the controller of the Secret, and keeps none beyond it.
      ownership: 'owner',
      questions,
      templateObjects: [],
      hash: hashOf(prepared),
      warnings: [...spec.warnings, ...findings.warnings()],
      compose: (ingredients) => composeSecret(prepared, ingredients),
    },
  };
}

function itemFacts(item: KesItem): unknown {
  return item.kind === 'key' ? [item.name, item.property ?? null, item.isBinary] : [item.kind];
}

const PARTS: readonly KesTemplatePart[] = ['labels', 'annotations', 'data', 'stringData'];

/** Everything that decides the Secret: not how it is spelled, nor what KES ignores. */
function hashOf({ spec, asked }: Prepared): string {
  const { name, roleArn, type, template } = spec;
  const facts = [
    'kes',
    SEMANTICS,
    name,
    roleArn?.value ?? null,
    asked.map(({ item, question }) => [addressKey(question.address), itemFacts(item)]),
    type.value,
    PARTS.map((part) => template[part].map(({ name, value }) => [name, value])),
    template.immutable,
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
