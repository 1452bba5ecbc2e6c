import { LatchkeyError } from '../errors.ts';

/** The command line or the environment is wrong. Holds every problem, one line each; the program exits with 2. */
export class UsageError extends LatchkeyError {
  override readonly name = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super('LK-CONFIG', problems.join('; '), 'See --help.');
    this.problems = problems;
  }
}
