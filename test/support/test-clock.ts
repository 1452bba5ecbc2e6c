import type { Clock } from '../../src/clock.ts';

export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** A clock that a test turns. Both times move together. */
export function testClock(start = 1_000_000): TestClock {
  let passed = 0;
  return {
    now: () => start + passed,
    wall: () => Date.UTC(2026, 10, 23) + passed,
    advance: (ms) => {
      passed += ms;
    },
  };
}
