import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import { textOf } from '../../request/encoding.ts';
import type { Place } from '../../request/plan.ts';
import type { Ingredients } from '../recipe.ts';
import { checkSecretKey, isSecretKey } from '../secret-key.ts';
import { decode } from './decode.ts';
import type { TemplateItem, TemplateSource, TemplateSpec, TemplateTarget } from './external-secret.ts';
import type { Values } from './keys.ts';
import { checkMetadata } from './metadata.ts';
import type { Notes } from './notes.ts';
import { createTemplateBudget } from './template-budget.ts';
import type { TemplateBudget } from './template-budget.ts';

/** A Secret in the making. */
export interface Making {
  readonly data: Map<string, Uint8Array>;
  readonly labels: Map<string, string>;
  readonly annotations: Map<string, string>;
}

interface Applying {
  readonly making: Making;
  readonly budget: TemplateBudget;
  readonly templateObject: Ingredients['templateObject'];
}

type Source<Kind> = Extract<TemplateSource, { kind: Kind }>;

function rendersNoText(): LatchkeyError {
  return new LatchkeyError(
    'LK-ENCODING',
    'the template renders to bytes that are no text',
    'Labels and annotations are text: encode the value with b64enc.',
  );
}

/** Puts what was rendered where it belongs. A key that was rendered too may hold a value: it is not for messages. */
function put({ making }: Applying, target: TemplateTarget, key: string, bytes: Uint8Array): void {
  if (target === 'Data') {
    making.data.set(key, bytes);
    return;
  }
  const kind = target === 'Labels' ? 'label' : 'annotation';
  const text = textOf(bytes);
  if (text === undefined) throw rendersNoText();
  checkMetadata(kind, key, text);
  making[target === 'Labels' ? 'labels' : 'annotations'].set(key, text);
}

function checkRenderedKey(key: string, line: number): void {
  if (isSecretKey(key)) return;
  throw new LatchkeyError(
    'LK-NAME',
    `the template renders to something that cannot be a key of a Secret in line ${line}`,
    'A key has letters, digits and - _ . only.',
  );
}

/** A template of keys and values at once. */
function putMap(applying: Applying, { target, decoding }: TemplateSource, name: string, text: string): void {
  for (const { key, text: value, line } of applying.budget.renderMap(name, text)) {
    if (target === 'Data') checkRenderedKey(key, line);
    put(applying, target, key, decode(decoding, Buffer.from(value)));
  }
}

function missing(what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-NO-DEFINITION',
    `${what} does not exist`,
    'Apply it, or correct templateFrom.',
  );
}

function putItem(
  applying: Applying,
  source: Source<'ConfigMap' | 'Secret'>,
  { key, as }: TemplateItem,
): void {
  const title = `${source.kind} ${quoted(source.name)}`;
  const object = applying.templateObject({ kind: source.kind, name: source.name, place: source.place });
  if (object === undefined) throw missing(title);
  const template = object.get(key);
  if (template === undefined) throw missing(`key ${quoted(key)} of ${title}`);
  const text = textOf(template.reveal());
  if (text === undefined) throw rendersNoText();
  if (as === 'KeysAndValues') {
    putMap(applying, source, key, text);
    return;
  }
  if (source.target === 'Data') checkSecretKey(key);
  put(applying, source.target, key, decode(source.decoding, applying.budget.render(key, text)));
}

function putSource(applying: Applying, source: TemplateSource): void {
  if (source.kind === 'literal') putMap(applying, source, 'literal', source.text);
  else source.items.forEach((item) => putItem(applying, source, item));
}

const FIELDS = [
  ['Data', 'data'],
  ['Labels', 'metadata.labels'],
  ['Annotations', 'metadata.annotations'],
] as const;

function textsOf(template: TemplateSpec, target: TemplateTarget): ReadonlyMap<string, string> {
  if (target === 'Data') return template.data;
  return target === 'Labels' ? template.labels : template.annotations;
}

function fieldPlace({ place }: TemplateSpec, field: string, key: string): Place {
  return { label: `${place.label}.${field}[${key}]`, field: `${place.field}.${field}[${key}]` };
}

/**
 * A template over what was fetched: `templateFrom` in order, then `data`, labels and annotations, each over what was there.
 * The fetched values themselves stay only with `mergePolicy: Merge`, or where no template makes data.
 */
export function applyTemplate(
  template: TemplateSpec,
  values: Values,
  ingredients: Ingredients,
  notes: Notes,
): Making {
  const keeps = template.merge || (template.data.size === 0 && template.sources.length === 0);
  const making: Making = { data: new Map(keeps ? values : []), labels: new Map(), annotations: new Map() };
  const budget = createTemplateBudget(template, values);
  const applying = { making, budget, templateObject: ingredients.templateObject };
  for (const source of template.sources) notes.attempt(source.place, () => putSource(applying, source));
  for (const [target, field] of FIELDS) {
    for (const [key, text] of textsOf(template, target)) {
      notes.attempt(fieldPlace(template, field, key), () => {
        put(applying, target, key, budget.render(key, text));
      });
    }
  }
  return making;
}
