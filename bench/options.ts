import { parseArgs } from 'node:util';

/** How much is measured. The numbers of a quick run are rough; it shows that every row still can be measured. */
export interface Sizes {
  /** Of the admission rows: rounds, and seconds that each contestant has in one. */
  readonly rounds: number;
  readonly roundSeconds: number;
  readonly warmUpSeconds: number;
  readonly rollOutPods: number;
  readonly accounts: number;
  readonly rollOutsEach: number;
  readonly processRounds: number;
  /** Reviews after which memory is looked at, first and last. */
  readonly firstReviews: number;
  readonly lastReviews: number;
}

const FULL: Sizes = {
  rounds: 15,
  roundSeconds: 2,
  warmUpSeconds: 4,
  rollOutPods: 1000,
  accounts: 100,
  rollOutsEach: 10,
  processRounds: 21,
  firstReviews: 10_000,
  lastReviews: 100_000,
};

const QUICK: Sizes = {
  rounds: 3,
  roundSeconds: 0.7,
  warmUpSeconds: 1.5,
  rollOutPods: 1000,
  accounts: 20,
  rollOutsEach: 3,
  processRounds: 5,
  firstReviews: 2000,
  lastReviews: 20_000,
};

export interface Options {
  readonly quick: boolean;
  /** A missed bar is an error, too. */
  readonly strict: boolean;
  /** Only the rows whose names contain this text. */
  readonly only: string;
  readonly sizes: Sizes;
}

/** @throws TypeError for unknown flags */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  return { ...values, sizes: values.quick ? QUICK : FULL };
}
