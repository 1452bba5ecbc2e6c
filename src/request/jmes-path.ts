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
 * A value is found by its path for nothing in what was parsed already. The largest secrets of AWS, 64 KiB, can be looked at 512 times.
 */
const MOST_WORK = 32 * 1024 * 1024;

/** Loads the library: most plans have no expression, and starting is most of what `fetch` does. */
export async function loadJmesPath(): Promise<JmesPath> {
  const { compile, TreeInterpreter } = await import('@jmespath-community/jmespath');
  const compiled = createBounds(compile);

  function begin(): JmesPathSearch {
    let work = 0;
    function spend(characters: number): void {
      work += characters;
      if (work > MOST_WORK) throw tooMuchWork();
    }
    const documentOf = createDocuments((spelling) => createInterpreter(TreeInterpreter, spelling), spend);
    return {
      search(expression, json) {
        const { node, work: looks } = compiled(expression);
        spend(looks * json.length);
        const { document, spelling, search } = documentOf(json);
        const found = withoutTheirWords(() => search(node, document));
        if (found === null || found === undefined) return null;
        const text = textOf(found, spelling);
        if (typeof found === 'object') spend(LOOKS_TO_WRITE * text.length);
        else if (text.length > json.length) spend(text.length);
        return text;
      },
    };
  }

  return { check: (expression) => void compiled(expression), begin };
}

/** What takes longer than a look, told as looks. */
const LOOKS_TO_PARSE = 2;
const LOOKS_TO_WRITE = 8;
/** Parsed, a secret takes many times its length. */
const KEPT_DOCUMENTS = 16;

/** JSON as it is searched, kept for the next expression: many are asked of few secrets. */
function createDocuments<T>(searchOf: (spelling: NumberSpelling) => T, spend: (characters: number) => void) {
  const read = (json: string) => {
    spend(LOOKS_TO_PARSE * json.length);
    const spelling = createNumberSpelling(json);
    const document = JSON.parse(json, asData) as JSONValue;
    return { document, spelling, search: searchOf(spelling) };
  };
  const known = new Map<string, ReturnType<typeof read>>();
  return (json: string) => {
    const found = known.get(json) ?? read(json);
    known.set(json, found);
    const [oldest] = known.size > KEPT_DOCUMENTS ? known.keys() : [];
    if (oldest !== undefined) known.delete(oldest);
    return found;
  };
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
