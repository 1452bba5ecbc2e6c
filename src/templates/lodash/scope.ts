import { quoted } from '../../quote.ts';
import { Fault } from '../template-error.ts';
import type { Js } from './values.ts';

interface Variable {
  value: Js;
  readonly constant: boolean;
}

/** The variables of a block, and of what is around it. */
export class Scope {
  readonly #variables = new Map<string, Variable>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  declare(name: string, value: Js, constant = false): void {
    this.#variables.set(name, { value, constant });
  }

  #find(name: string): Variable {
    const found = this.#variables.get(name);
    if (found !== undefined) return found;
    if (this.#outer !== undefined) return this.#outer.#find(name);
    throw new Fault(
      `${quoted(name, 40)} is not supported, or not declared`,
      'A key of the data is written data.KEY. docs/templates.md lists what there is.',
    );
  }

  get(name: string): Js {
    return this.#find(name).value;
  }

  assign(name: string, value: Js): void {
    const variable = this.#find(name);
    if (variable.constant) throw new Fault(`${quoted(name, 40)} cannot be set anew`);
    variable.value = value;
  }
}
