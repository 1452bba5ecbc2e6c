import type { SecretValue } from '../../secret-value.ts';
import type { Composed, Ingredients, SecretDraft } from '../recipe.ts';
import { checkSecretSize } from '../secret-size.ts';
import { checkTypedData } from '../secret-type.ts';
import { fillTemplate } from './fill-template.ts';
import type { Filled, Fillings } from './fill-template.ts';
import type { Findings } from './findings.ts';
import { createFindings } from './findings.ts';
import { gather } from './gather.ts';
import { accessOf } from './questions.ts';
import type { Asked } from './questions.ts';
import type { KesSpec } from './spec.ts';

/** A definition that has been read and checked. */
export interface Prepared {
  readonly spec: KesSpec;
  readonly asked: readonly Asked[];
  readonly fillings: Fillings;
}

const NOTHING: Filled = { labels: {}, annotations: {}, data: new Map(), stringData: new Map() };

type Data = ReadonlyMap<string, SecretValue>;

/** The Secret as KES makes it, or every problem. Never throws. */
export function composeSecret(prepared: Prepared, ingredients: Ingredients): Composed {
  const { spec, asked } = prepared;
  const findings = createFindings(spec.place);
  const fetched = gather(asked, ingredients.answers(accessOf(spec)), findings);
  const draft = draftOf(prepared, fetched, findings);
  const [first, ...rest] = findings.problems();
  return first === undefined
    ? { kind: 'secret', draft: { ...draft, warnings: findings.warnings() } }
    : { kind: 'problems', problems: [first, ...rest] };
}

/** What is fetched, over the template's `data` and below its `stringData`. */
function draftOf({ spec, fillings }: Prepared, fetched: Data, findings: Findings): SecretDraft {
  // Over data with holes a template would only repeat what is missing.
  const filled = findings.refused() ? NOTHING : fillTemplate(fillings, fetched, findings);
  const { labels, annotations, data: below, stringData } = filled;
  const data = new Map([...below, ...fetched, ...stringData]);
  if (data.size === 0) findings.warn(spec.place, () => 'the Secret has no keys');
  findings.attempt(spec.place, () => checkSecretSize(data));
  if (!findings.refused()) findings.attempt(spec.type.place, () => checkTypedData(spec.type.value, data));
  return {
    type: spec.type.value,
    data,
    labels,
    annotations,
    ...(spec.template.immutable && { immutable: true }),
    warnings: [],
  };
}
