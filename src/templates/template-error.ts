import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';

/** Where in a template, both counted from 1; a column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a template, and where. */
export interface TemplateFault extends Place {
  /** Lower case, without a full stop. Never a value, nor text of the data. */
  readonly message: string;
}

const MORE_FAULTS = 5;

function told(faults: readonly TemplateFault[]): string {
  const first = faults.slice(0, MORE_FAULTS).map(({ line, column, message }) => {
    return `line ${String(line)}, column ${String(column)}: ${message}`;
  });
  const left = faults.length - first.length;
  return `${first.join('; ')}${left > 0 ? `; and ${String(left)} more` : ''}`;
}

export interface TemplateFailure {
  /** What the template is called: its key in `template.data`. */
  readonly name: string;
  readonly faults: readonly [TemplateFault, ...TemplateFault[]];
  readonly remedy: string;
}

/**
 * A template that cannot be read or rendered. Its message has the template's own text where that is needed (names of
 * functions and keys), quoted and bounded, and never a value.
 */
export class TemplateError extends LatchkeyError {
  override readonly name = 'TemplateError';
  readonly faults: readonly [TemplateFault, ...TemplateFault[]];

  constructor({ name, faults, remedy }: TemplateFailure) {
    super('LK-TEMPLATE', `template "${printable(name, 80)}", ${told(faults)}`, remedy);
    this.faults = faults;
  }
}

/** Thrown by what has no place of its own (a function, a limit); the evaluator adds the place and the name. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string) {
    super(message);
    this.remedy = remedy;
  }
}
