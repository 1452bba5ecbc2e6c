import type { Sizes } from './options.ts';
import { spread } from './statistics.ts';
import type { Workspace } from './workspace.ts';

/** What a measurement works with. */
export interface Bench {
  readonly workspace: Workspace;
  readonly sizes: Sizes;
  /** Whatever becomes of the measurement, this process is stopped after it. */
  readonly started: <P extends { stop(): Promise<void> }>(process: P) => P;
}

/** Measures the rows that belong together. @throws Error when one cannot be measured */
export type Measure = (bench: Bench) => Promise<readonly Row[]>;

export type Bar =
  | { readonly kind: 'at least'; readonly value: number }
  | { readonly kind: 'at most'; readonly value: number }
  | { readonly kind: 'exactly'; readonly value: number };

/** How a number is printed: `0.83` as 83 % or ×0.83, bytes as MB, counts as they are. */
export type Unit = 'percent' | 'times' | 'megabytes' | 'count';

/** One number beside its bar. */
export interface Check {
  readonly label: string;
  readonly unit: Unit;
  readonly bar: Bar;
  readonly measured: number;
  readonly met: boolean;
  /** The quartiles of the rounds, where there were several. */
  readonly low?: number;
  readonly high?: number;
}

/** One row of the table of speed in the design. */
export interface Row {
  readonly name: string;
  readonly checks: readonly Check[];
  /** The plain numbers behind the ratios, for people. */
  readonly notes: readonly string[];
}

interface CheckOf {
  readonly label: string;
  readonly unit: Unit;
  readonly bar: Bar;
}

/** A number that was measured once. */
export function checkOf(what: CheckOf, measured: number): Check {
  return { ...what, measured, met: meets(measured, what.bar) };
}

/** A number that was measured in several rounds: their median counts. */
export function checkOfRounds(what: CheckOf, rounds: readonly number[]): Check {
  const { median, low, high } = spread(rounds);
  return { ...checkOf(what, median), low, high };
}

function meets(measured: number, { kind, value }: Bar): boolean {
  if (kind === 'at least') return measured >= value;
  return kind === 'at most' ? measured <= value : measured === value;
}
