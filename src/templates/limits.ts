import { Fault } from './template-error.ts';

/** What one rendering may use. */
export interface Limits {
  /** Bytes of the output, and of any string on the way to it. */
  readonly outputBytes: number;
  /** Actions, calls, rounds of a range; and one for every {@link BYTES_A_STEP} bytes that a function reads or makes. */
  readonly steps: number;
  /** How deep actions, templates and values may nest. */
  readonly depth: number;
}

export const DEFAULT_LIMITS: Limits = { outputBytes: 1024 * 1024, steps: 50_000, depth: 100 };

/** The longest template that is read. */
export const MAX_TEMPLATE_CHARACTERS = 1024 * 1024;

const BYTES_A_STEP = 256;

/** Counts what a rendering uses, and ends it with a {@link Fault} where it goes beyond its limits. */
export class Budget {
  readonly limits: Limits;
  #steps = 0;
  #depth = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.limits.steps) {
      throw new Fault(
        `the template needs more than ${String(this.limits.steps)} steps`,
        'Make its loops and texts smaller.',
      );
    }
  }

  /** Work over this many bytes, or elements. */
  work(size: number): void {
    this.spend(size / BYTES_A_STEP);
  }

  /** A string may be this long. */
  fits(length: number): void {
    if (length > this.limits.outputBytes) throw tooLong(this.limits.outputBytes);
  }

  /** A string of this length is about to be made. Asked before it is made. */
  string(length: number): void {
    this.fits(length);
    this.work(length);
  }

  /** A list of this many elements is about to be made. */
  elements(count: number): void {
    this.spend(count);
  }

  /** Runs one level deeper. */
  deeper<T>(run: () => T): T {
    this.#depth += 1;
    if (this.#depth > this.limits.depth) throw tooDeep();
    try {
      return run();
    } finally {
      this.#depth -= 1;
    }
  }
}

function tooLong(bytes: number): Fault {
  return new Fault(
    `a text is longer than ${String(bytes)} bytes`,
    'Make less text: a Secret holds 1 MiB in all.',
  );
}

function tooDeep(): Fault {
  return new Fault('actions, templates or values are nested too deeply', 'Nest less.');
}
