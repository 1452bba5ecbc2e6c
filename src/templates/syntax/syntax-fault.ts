import { Fault } from '../template-error.ts';

/** A template that cannot be read: what is wrong, and where in its text. */
export class SyntaxFault extends Fault {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message, 'Correct the template.');
    this.at = at;
  }
}
