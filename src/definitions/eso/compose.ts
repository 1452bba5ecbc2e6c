import { LatchkeyError } from '../../errors.ts';
import { SecretValue } from '../../secret-value.ts';
import { printable } from '../../quote.ts';
import type { Composed, Ingredients, Question, SecretDraft } from '../recipe.ts';
import { checkSecretSize } from '../secret-size.ts';
import { checkTypedData } from '../secret-type.ts';
import { answeredBy } from './answers.ts';
import { applyTemplate } from './apply-template.ts';
import type { Making } from './apply-template.ts';
import { entryValues } from './entry-values.ts';
import type { Entry, ExternalSecretSpec } from './external-secret.ts';
import { checkAnnotationSize, checkMetadata, isOurs } from './metadata.ts';
import type { Texts } from './metadata.ts';
import type { Values } from './keys.ts';
import { createNotes } from './notes.ts';
import type { Note, Notes } from './notes.ts';

/** An entry with what it asks; equal questions of two entries are one object. */
export interface AskingEntry {
  readonly entry: Entry;
  readonly question: Question;
}

export interface Composing {
  readonly spec: ExternalSecretSpec;
  readonly entries: readonly AskingEntry[];
  /** `ExternalSecret "db"`. */
  readonly subject: string;
}

interface Gathered {
  readonly values: Map<string, Uint8Array>;
  readonly warnings: readonly string[];
}

/** A template may use more than the Secret holds, but not without end. */
const MOST_FETCHED_BYTES = 4 * 1024 * 1024;

function checkFetched(values: Values): void {
  let total = 0;
  for (const bytes of values.values()) total += bytes.length;
  if (total <= MOST_FETCHED_BYTES) return;
  throw new LatchkeyError(
    'LK-TOO-LARGE',
    `all values together have more than ${MOST_FETCHED_BYTES / 1024} KiB`,
    'Find fewer: a Secret holds 1 MiB in all.',
  );
}

/** All entries in order; later values win. */
function gather({ spec, entries }: Composing, ingredients: Ingredients, notes: Notes): Gathered {
  const answered = answeredBy(ingredients, spec.deletion !== 'Retain');
  const values = new Map<string, Uint8Array>();
  const warnings: string[] = [];
  for (const { entry, question } of entries) {
    const found = notes.attempt(entry.place, () => entryValues(entry, question, answered), question.text);
    if (found === 'missing') {
      warnings.push(`${entry.place.label}: AWS has no ${printable(question.text)}: it is left out`);
    } else {
      for (const [key, value] of found ?? []) values.set(key, value);
    }
  }
  notes.attempt(notes.place('spec'), () => checkFetched(values));
  return { values, warnings };
}

const NOTHING_FOUND: Note = {
  code: 'LK-EMPTY',
  message: 'nothing was found, so that there is no Secret to make',
  remedy: 'Look whether it finds what it should. External Secrets Operator would make none either.',
};

/** Without a template the Secret has the labels and annotations of the ExternalSecret, but for ours. */
function inherited(texts: Texts, kind: 'label' | 'annotation', notes: Notes): Map<string, string> {
  const kept = [...texts].filter(([key]) => !isOurs(key));
  notes.attempt(notes.place(`metadata.${kind}s`), () => {
    for (const [key, text] of kept) checkMetadata(kind, key, text);
  });
  return new Map(kept);
}

function make(
  { spec }: Composing,
  values: Map<string, Uint8Array>,
  ingredients: Ingredients,
  notes: Notes,
): Making {
  if (spec.template !== undefined) return applyTemplate(spec.template, values, ingredients, notes);
  return {
    data: values,
    labels: inherited(spec.labels, 'label', notes),
    annotations: inherited(spec.annotations, 'annotation', notes),
  };
}

function draftOf({ spec }: Composing, making: Making, warnings: readonly string[]): SecretDraft {
  const written = spec.template?.type ?? '';
  return {
    type: written === '' ? 'Opaque' : written,
    data: new Map([...making.data].map(([key, bytes]) => [key, new SecretValue(bytes)])),
    labels: Object.fromEntries(making.labels),
    annotations: Object.fromEntries(making.annotations),
    ...(spec.immutable ? { immutable: true } : {}),
    warnings,
  };
}

/** What the API server would refuse, later and in its own words. */
function checkDraft({ spec }: Composing, draft: SecretDraft, making: Making, notes: Notes): void {
  notes.attempt(notes.place('spec'), () => checkSecretSize(draft.data));
  notes.attempt(notes.place('spec'), () => checkAnnotationSize(making.annotations));
  const type = spec.template === undefined ? 'spec.target' : 'spec.target.template.type';
  notes.attempt(notes.place(type), () => checkTypedData(draft.type, draft.data));
}

/**
 * The Secret that an ExternalSecret makes of the answers: entries in order, then the template, as External Secrets Operator
 * does it. Every problem is returned; none has a value in it.
 */
export function compose(composing: Composing, ingredients: Ingredients): Composed {
  const { spec, subject } = composing;
  const notes = createNotes(subject);
  const { values, warnings } = gather(composing, ingredients, notes);
  const problems = notes.problems();
  if (problems !== undefined) return { kind: 'problems', problems };
  if (values.size === 0 && spec.deletion === 'Delete' && spec.creation === 'Owner') {
    return { kind: 'nothing', reason: `${subject}: AWS has nothing of it, and deletionPolicy is Delete` };
  }
  if (values.size === 0 && spec.deletion !== 'Merge') {
    return { kind: 'problems', problems: notes.failed(notes.place('spec'), NOTHING_FOUND) };
  }
  const making = make(composing, values, ingredients, notes);
  const draft = draftOf(composing, making, warnings);
  if (notes.problems() === undefined) checkDraft(composing, draft, making, notes);
  const wrong = notes.problems();
  return wrong === undefined ? { kind: 'secret', draft } : { kind: 'problems', problems: wrong };
}
