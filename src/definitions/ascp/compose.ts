import { LatchkeyError } from '../../errors.ts';
import type { Answers } from '../../request/evaluate.ts';
import { type Documents, sourceValue } from '../../request/evaluate-source.ts';
import type { JmesPath } from '../../request/jmes-path.ts';
import type { Place, Source } from '../../request/plan.ts';
import { SecretValue } from '../../secret-value.ts';
import { createNotes } from '../eso/notes.ts';
import type { Composed } from '../recipe.ts';
import { checkSecretSize } from '../secret-size.ts';
import { checkTypedData } from '../secret-type.ts';
import type { SecretObject } from './provider-class.ts';
import { TLS_PARTS } from './tls-parts.ts';

/** A key of the Secret, and what stands in the file that it is taken from. */
export interface FilledKey {
  readonly key: string;
  readonly place: Place;
  readonly source: Source;
  /** Where the file is asked for. */
  readonly file: Place;
}

export interface Composing {
  readonly object: SecretObject;
  readonly keys: readonly FilledKey[];
  /** For messages: `SecretProviderClass "db"`. */
  readonly subject: string;
  readonly jmesPath?: JmesPath | undefined;
}

const TLS = 'kubernetes.io/tls';

/** The Secret as the driver makes it of the files: all keys or none. */
export function composeSecretObject(
  { object, keys, subject, jmesPath }: Composing,
  answers: Answers,
): Composed {
  const notes = createNotes(subject);
  const documents: Documents = { answers, read: new Map(), jmesPath: jmesPath?.begin() };
  const data = new Map<string, SecretValue>();
  for (const { key, place, source } of keys) {
    notes.attempt(place, () => data.set(key, valueOf(key, source, object.type, documents)), source.text);
  }
  notes.attempt(object.place, () => checkSecretSize(data));
  if (notes.problems() === undefined) notes.attempt(object.place, () => checkTypedData(object.type, data));
  const problems = notes.problems();
  if (problems !== undefined) return { kind: 'problems', problems };
  const { type, labels, annotations } = object;
  return { kind: 'secret', draft: { type, data, labels, annotations, warnings: [] } };
}

function valueOf(key: string, source: Source, type: string, documents: Documents): SecretValue {
  const bytes = sourceValue(documents, source);
  if (bytes === undefined)
    throw new LatchkeyError('LK-INTERNAL', 'nothing was optional', 'Please report this.');
  const part = type === TLS ? TLS_PARTS.get(key) : undefined;
  return new SecretValue(part === undefined ? bytes : part(bytes));
}
