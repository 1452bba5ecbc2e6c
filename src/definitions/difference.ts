import type { Code } from '../errors.ts';

/**
 * A place where Latchkey does something else than the controller that a kind of definition was written for.
 * docs/compatibility.md shows them all, and a test holds each.
 */
export interface Difference {
  readonly field: string;
  /** What the definition or its source says. */
  readonly where: string;
  /** What the original controller makes of it. */
  readonly original: string;
  /** With which code it is refused here; absent where something else is made. */
  readonly code?: Code;
  /** What is made instead, where it is not refused. */
  readonly instead?: string;
  /** The case among the kind's fixtures (test/fixtures/definitions) that shows it. */
  readonly shownBy: string;
}
