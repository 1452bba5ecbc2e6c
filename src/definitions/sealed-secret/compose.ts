import { LatchkeyError } from '../../errors.ts';
import { SecretValue } from '../../secret-value.ts';
import type { TemplateData } from '../../templates/template.ts';
import { createNotes, type Notes } from '../eso/notes.ts';
import type { Composed, Ingredients, SealedQuestion } from '../recipe.ts';
import { checkSecretSize } from '../secret-size.ts';
import { checkTypedData } from '../secret-type.ts';
import { stepsForEach } from './limits.ts';
import type { Entry, SealedSecretSpec } from './sealed-secret.ts';
import { parsedTemplate, RENDERING } from './template.ts';

/** A SealedSecret with the question for each of its values. */
export interface Composing {
  readonly spec: SealedSecretSpec;
  readonly sealed: ReadonlyMap<string, SealedQuestion>;
  /** For messages: `SealedSecret "db"`. */
  readonly subject: string;
}

/**
 * The Secret as sealed-secrets makes it: all values or none; over them what the templates give, but never in place of a
 * sealed value.
 */
export function composeSealed({ spec, sealed, subject }: Composing, ingredients: Ingredients): Composed {
  const notes = createNotes(subject);
  const values = openedValues(sealed, ingredients, notes);
  // With a hole in the values, a template would only repeat what is missing.
  const opened = notes.problems();
  if (opened !== undefined) return { kind: 'problems', problems: opened };
  const data = new Map([...values, ...rendered(spec, values, notes)]);
  for (const entry of spec.template.data) if ('omitted' in entry) data.delete(entry.key);
  const { type, labels, annotations, immutable } = spec.template;
  notes.attempt(notes.place('spec'), () => checkSecretSize(data));
  if (notes.problems() === undefined) notes.attempt(type.place, () => checkTypedData(type.value, data));
  const problems = notes.problems();
  if (problems !== undefined) return { kind: 'problems', problems };
  return {
    kind: 'secret',
    draft: {
      type: type.value,
      data,
      labels: asRecord(labels),
      annotations: asRecord(annotations),
      ...(immutable ? { immutable } : {}),
      warnings: data.size === 0 ? [`${subject}: the Secret has no keys`] : [],
    },
  };
}

function openedValues(
  sealed: Composing['sealed'],
  { opened }: Ingredients,
  notes: Notes,
): ReadonlyMap<string, SecretValue> {
  const values = new Map<string, SecretValue>();
  for (const [key, question] of sealed) {
    const value = opened?.(question) ?? notAsked();
    if (value instanceof LatchkeyError)
      notes.attempt(question.place, () => {
        throw value;
      });
    else values.set(key, value);
  }
  return values;
}

function notAsked(): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', 'nobody opened this value', 'Please report this.');
}

/** What the templates give, for keys that are not sealed. All of them run: one that fails is a problem in any case. */
function rendered(
  { template }: SealedSecretSpec,
  values: ReadonlyMap<string, SecretValue>,
  notes: Notes,
): ReadonlyMap<string, SecretValue> {
  const templates = template.data.filter((entry): entry is Entry => !('omitted' in entry));
  const context = contextOf(templates, values);
  const limits = { steps: stepsForEach(templates.length) };
  const results = new Map<string, SecretValue>();
  for (const { key, text, place } of templates) {
    const bytes = notes.attempt(place, () =>
      parsedTemplate(key, text).render(context, { ...RENDERING, limits }),
    );
    if (bytes !== undefined && !values.has(key)) results.set(key, new SecretValue(bytes));
  }
  return results;
}

/** Every opened value, and the templates' own texts under the keys that are not sealed. */
function contextOf(templates: readonly Entry[], values: ReadonlyMap<string, SecretValue>): TemplateData {
  const context = new Map<string, string | Uint8Array>(templates.map(({ key, text }) => [key, text]));
  for (const [key, value] of values) context.set(key, value.reveal());
  return context;
}

function asRecord(entries: readonly Entry[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entries.map(({ key, text }) => [key, text]));
}
