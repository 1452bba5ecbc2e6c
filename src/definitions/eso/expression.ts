import { LatchkeyError } from '../../errors.ts';
import { compileRegularExpression } from '../../templates/regular-expression.ts';
import type { RegularExpression } from '../../templates/regular-expression.ts';
import { Fault } from '../../templates/template-error.ts';
import type { ObjectReader } from './object-reader.ts';

function told<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new LatchkeyError('LK-DEFINITION', error.message, error.remedy ?? 'Correct the expression.');
  }
}

/** An expression in Go's syntax (RE2), which cannot run away. It and its methods throw LK-DEFINITION. */
export function compileExpression(pattern: string): RegularExpression {
  const compiled = told(() => compileRegularExpression(pattern));
  return {
    size: compiled.size,
    test: (text) => told(() => compiled.test(text)),
    matches: (text, limit) => told(() => compiled.matches(text, limit)),
    replace: (text, replacement) => told(() => compiled.replace(text, replacement)),
  };
}

/** Notes what is wrong with the expression in a field. */
export function checkExpression(reader: ObjectReader, name: string, pattern: string): void {
  reader.attempt(name, () => compileExpression(pattern));
}
