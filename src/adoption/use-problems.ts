import { type LatchkeyError, type Problem, ProblemsError } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { SecretUse } from '../request/secret-uses.ts';

/**
 * What a Secret that a pod cannot have means for the pod. As with Kubernetes: one that is optional may be absent, and images
 * may be pulled without one; a definition that is there is carried out or refused in any case.
 */
export function problemsOfUse(
  use: SecretUse,
  error: LatchkeyError,
  { ofJob }: { readonly ofJob: boolean },
): readonly Problem[] {
  const ofDefinition = error instanceof ProblemsError;
  const problems = ofDefinition ? error.problems : [ofSecret(use, error, ofJob)];
  if (use.need !== 'required' && error.code === 'LK-NO-DEFINITION' && !ofDefinition) return [];
  if (use.need === 'optional' && problems.every(({ code }) => code === 'LK-NOT-FOUND')) return [];
  return problems;
}

function ofSecret({ name, place }: SecretUse, error: LatchkeyError, ofJob: boolean): Problem {
  const { code, message, remedy } = error;
  const forJobs = ofJob && code === 'LK-NO-DEFINITION' ? ` ${HOOKS}` : '';
  return { code, place: `secret ${quoted(name)}`, field: place.field, message, remedy: remedy + forJobs };
}

/** Hooks run before anything that is not one, so they would wait for ever. */
const HOOKS =
  'A PreSync or pre-install Job runs before definitions are applied: give it latchkey.dev annotations instead.';
