import { LatchkeyError } from '../../errors.ts';
import type { Fetched, Member } from '../../request/evaluate.ts';
import type { Address } from '../../request/plan.ts';
import type { JsonDocument } from '../../request/property.ts';
import type { Ingredients, Question } from '../recipe.ts';
import { readDocument } from './document.ts';
import { searchable } from './gjson.ts';
import type { Searchable } from './gjson.ts';

/** What AWS answered, with the JSON of each answer read once. */
export interface Answered {
  one(question: Question): Fetched | 'missing';
  many(question: Question): readonly Member[] | 'missing';
  /** The JSON of an answer. Throws LK-NOT-JSON. */
  search(question: Question, bytes: Uint8Array): Searchable;
}

/**
 * Whether External Secrets Operator counts "not found" as "deleted": not for tags, and not for a version of a parameter,
 * which it takes for an error.
 */
function mayBeDeleted({ store, selector, payload }: Address): boolean {
  return payload === undefined && !(store === 'ssm' && selector !== undefined);
}

function read(bytes: Uint8Array): Searchable | LatchkeyError {
  let document: JsonDocument;
  try {
    document = readDocument(bytes);
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
  return searchable(document);
}

/** @param lenient what is not there is left out (`deletionPolicy` Delete or Merge); otherwise it is thrown as it came */
export function answeredBy(ingredients: Ingredients, lenient: boolean): Answered {
  const documents = new Map<Question, Searchable | LatchkeyError>();

  function given<Answer>(question: Question, answer: Answer | LatchkeyError): Answer | 'missing' {
    if (!(answer instanceof LatchkeyError)) return answer;
    if (lenient && answer.code === 'LK-NOT-FOUND' && mayBeDeleted(question.address)) return 'missing';
    throw answer;
  }

  return {
    one: (question) => given(question, ingredients.answers(question.access).one(question.address)),
    many: (question) => given(question, ingredients.answers(question.access).many(question.address)),
    search(question, bytes) {
      const known = documents.get(question) ?? read(bytes);
      documents.set(question, known);
      if (known instanceof LatchkeyError) throw known;
      return known;
    },
  };
}
