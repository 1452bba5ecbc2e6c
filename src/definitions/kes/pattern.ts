import { compileRegularExpression } from '../../templates/regular-expression.ts';
import { Fault } from '../../templates/template-error.ts';

/** An expression that must match the whole of a text. */
export interface WholePattern {
  /** How much one character of a text costs at worst. */
  readonly size: number;
  test(text: string): boolean;
}

/** Longer annotations are refused. */
export const LONGEST_PATTERN = 4096;
const ANCHORS = '^(?:)$'.length;

function faultless<Result>(step: () => Result): Result | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** Reads an expression of RE2; `undefined` for what is none, or too large. */
export function readWholePattern(text: string): WholePattern | undefined {
  return faultless(() => {
    // By itself first: `a)|(b` becomes an expression only between the anchors' parentheses.
    compileRegularExpression(text, LONGEST_PATTERN);
    const whole = compileRegularExpression(`^(?:${text})$`, LONGEST_PATTERN + ANCHORS);
    return { size: whole.size, test: (subject) => faultless(() => whole.test(subject)) ?? false };
  });
}
