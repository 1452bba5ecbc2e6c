import type { Dated, Step } from './rotation.ts';

/** Which authorities there are, whatever else is known of each. `P` has a key. */
export interface AuthoritySet<C extends Dated, P extends C> {
  readonly authority?: P;
  readonly next?: P;
  readonly previous: readonly C[];
}

/**
 * PURE: the authorities after a step. One that signs no more keeps its certificate alone.
 * @param made the new authority, for the steps that make one
 */
export function nextAuthorities<C extends Dated, P extends C>(
  step: Step,
  before: AuthoritySet<C, P>,
  made: P | undefined,
): AuthoritySet<C, P> {
  const { authority, next, previous } = before;
  switch (step.kind) {
    case 'make-authority':
      return made === undefined ? before : { authority: made, previous };
    case 'make-next':
      return made === undefined ? before : { ...before, next: made };
    case 'promote':
      if (next === undefined || authority === undefined) return before;
      return { authority: next, previous: [authority, ...previous] };
    case 'drop-previous':
      return { ...before, previous: [] };
    default:
      return before;
  }
}
