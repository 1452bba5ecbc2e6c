import { TemplateError } from '../../src/templates/template-error.ts';

/** The TemplateError that `run` throws; anything else is thrown on. */
export function failure(run: () => unknown): TemplateError {
  try {
    run();
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** What comes out, or the error; a bug is thrown on. */
export function outcome<T>(run: () => T): { readonly output: T } | { readonly error: TemplateError } {
  try {
    return { output: run() };
  } catch (error) {
    if (error instanceof TemplateError) return { error };
    throw error;
  }
}
