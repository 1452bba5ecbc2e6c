import type { JSONValue } from '@jmespath-community/jmespath';
import { LatchkeyError } from '../errors.ts';
import { createBounds } from './jmes-path-bounds.ts';
import { createInterpreter, withoutPrototype } from './jmes-path-interpreter.ts';
import { createNumberSpelling, type NumberSpelling } from './number-spelling.ts';
import type { Plan } from './plan.ts';

/** Reads single values out of JSON by JMESPath expressions. */
export interface JmesPath {
  /** Throws LK-SYNTAX for what is no expression, or one that is too long, too costly or beyond the specification. */
  check(expression: string): void;
  /** For all expressions of one plan or Secret, which together may cost only so much. */
  begin(): JmesPathSearch;
}

export interface JmesPathSearch {
  /**
   * The value as text: strings as they are, numbers with their digits, booleans as `true` and `false`, objects and arrays as
   * compact JSON. `null` where the expression finds nothing, which JMESPath does not tell from `null`.
   *
   * @param json known to be JSON that is not nested deep
   * @throws LatchkeyError LK-SYNTAX as {@link JmesPath.check}; LK-PROPERTY where it does not suit the value; LK-ENCODING for half of a
   * surrogate pair; LK-LIMIT once all expressions of a plan together have cost too much. Never with text of the value.
   */
  search(expression: string, json: string): string | null;
}

/** What evaluates a plan's expressions; undefined where it has none. */
export async function jmesPathFor({ items }: Pick<Plan, 'items'>): Promise<JmesPath | undefined> {
  const isAsked = items.some(({ template }) =>
    template.some((part) => typeof part !== 'string' && part.jmesPath !== undefined),
  );
  return isAsked ? await loadJmesPath() : undefined;
}

/**
 * What they may cost together: the characters of the JSON that they look at, each time that they do.
 * A value is found by its path for nothing. The largest secrets of AWS, 64 KiB, can be looked at 256 times.
 */
const MOST_WORK = 16 * 1024 * 1024;

/** Loads the library: most plans have no expression, and starting is most of what `fetch` does. */
export async function loadJmesPath(): Promise<JmesPath> {
  const { compile, TreeInterpreter } = await import('@jmespath-community/jmespath');
  const compiled = createBounds(compile);

  function begin(): JmesPathSearch {
    const documentOf = createDocuments((spelling) => createInterpreter(TreeInterpreter, spelling));
    let work = 0;
    function spend(characters: number): void {
      work += characters;
      if (work > MOST_WORK) throw tooMuchWork();
    }
    return {
      search(expression, json) {
        const { node, work: looks } = compiled(expression);
        spend(looks * json.length);
        const { document, spelling, search } = documentOf(json);
        const found = withoutTheirWords(() => search(node, document));
        if (found === null || found === undefined) return null;
        const text = textOf(found, spelling);
        if (typeof found === 'object' || text.length > json.length) spend(text.length);
        return text;
      },
    };
  }

  return { check: (expression) => void compiled(expression), begin };
}

/** JSON as it is searched; the last one is kept, as many expressions are asked of one secret. */
function createDocuments<T>(searchOf: (spelling: NumberSpelling) => T) {
  let last: ReturnType<typeof read> | undefined;
  const read = (json: string) => {
    const spelling = createNumberSpelling(json);
    const document = JSON.parse(json, asData) as JSONValue;
    return { json, document, spelling, search: searchOf(spelling) };
  };
  return (json: string) => (last = last?.json === json ? last : read(json));
}

/** Of a plain object the library would find `constructor`. */
function asData(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return withoutPrototype(Object.entries(value));
}

function textOf(found: unknown, spelling: NumberSpelling): string {
  const text = typeof found === 'string' ? found : spelling.stringify(found);
  if (text.isWellFormed()) return text;
  throw new LatchkeyError(
    'LK-ENCODING',
    'what jmesPath finds is no Unicode text',
    'Store the bytes as base64.',
  );
}

/** The library's errors quote the value. */
function withoutTheirWords<T>(search: () => T): T {
  try {
    return search();
  } catch (error) {
    if (error instanceof LatchkeyError) throw error;
    throw new LatchkeyError(
      'LK-PROPERTY',
      'the jmesPath does not suit the value: a function in it is given what it cannot take',
      'Compare the expression with the JSON of the secret.',
    );
  }
}

function tooMuchWork(): LatchkeyError {
  return new LatchkeyError(
    'LK-LIMIT',
    'jmesPath and those before it look at too much JSON together',
    'Take single values out of the secret, each by its path, or keep what is needed in smaller secrets.',
  );
}
