/** Each value costs 4 ms of a core while a pod waits, and so may each template. */
export const MOST_ENTRIES = 500;

/** What all templates of a SealedSecret together may use; one alone may not use more than any template may. */
const ALL_STEPS = 1_000_000;
const STEPS_OF_ONE = 100_000;

export function tooMany(count: number): { readonly message: string; readonly remedy: string } {
  return {
    message: `it has ${String(count)} entries`,
    remedy: `Split it: a SealedSecret has at most ${String(MOST_ENTRIES)}.`,
  };
}

/** The steps that each of so many templates may take. */
export function stepsForEach(templates: number): number {
  return Math.min(STEPS_OF_ONE, Math.floor(ALL_STEPS / Math.max(1, templates)));
}
