import type { JSONValue } from '@jmespath-community/jmespath';
import { LatchkeyError } from '../errors.ts';
import { createBounds } from './jmes-path-bounds.ts';
import { createNumberSpelling } from './number-spelling.ts';
import type { Plan } from './plan.ts';

/** Reads one value out of JSON by a JMESPath expression. */
export interface JmesPath {
  /** Throws LK-SYNTAX for what is no expression, or one that is too long, too costly or beyond the specification. */
  check(expression: string): void;
  /**
   * The value as text: strings as they are, numbers with their digits, booleans as `true` and `false`, objects and arrays as
   * compact JSON. `null` where the expression finds nothing, which JMESPath does not tell from `null`.
   *
   * @param json known to be JSON that is not nested deep
   * @throws LatchkeyError LK-SYNTAX as {@link check}; LK-PROPERTY where it does not suit the value; LK-ENCODING for half of a
   * surrogate pair. Never with text of the value.
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

/** Loads the library: most plans have no expression, and starting is most of what `fetch` does. */
export async function loadJmesPath(): Promise<JmesPath> {
  const { compile, TreeInterpreter } = await import('@jmespath-community/jmespath');
  const compiled = createBounds(compile);

  return {
    check: (expression) => void compiled(expression),
    search(expression, json) {
      const node = compiled(expression);
      const document = JSON.parse(json, withoutPrototype) as JSONValue;
      const spelling = createNumberSpelling(json);
      const found = withoutTheirWords(() => TreeInterpreter.search(node, document));
      return found === null || found === undefined ? null : textOf(found, spelling);
    },
  };
}

/** The library asks objects for what they inherit too: of a plain object, `constructor`. */
function withoutPrototype(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.assign(Object.create(null) as object, value);
}

function textOf(found: unknown, spelling: ReturnType<typeof createNumberSpelling>): string {
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
  } catch {
    throw new LatchkeyError(
      'LK-PROPERTY',
      'the jmesPath does not suit the value: a function in it is given what it cannot take',
      'Compare the expression with the JSON of the secret.',
    );
  }
}
