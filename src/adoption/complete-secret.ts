import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { carryOut, type CarryOutOptions, type Errand, type Outcome } from './carry-out.ts';
import type { DefinitionIndex } from './definition-index.ts';
import { findDefinition, ownerIsThere, type FoundDefinition } from './find-definition.ts';
import { standing, type Standing } from './standing.ts';

/** A Secret that a pod can use. */
export interface Completed {
  readonly outcome: Exclude<Outcome, 'again'> | 'left-alone';
  readonly warnings: readonly string[];
}

export interface CompleteOptions extends CarryOutOptions {
  readonly index: DefinitionIndex;
  /** Where sealing keys are: which Secrets are keys there is not for the authors of definitions to say. */
  readonly keyNamespaces: readonly string[];
}

/** Others write at the same moment seldom, and never often in a row. */
const MOST_ATTEMPTS = 3;

/**
 * Sees to it that a Secret is there: uses what belongs to its definition or to nobody, makes what a definition describes and
 * nobody has made yet, brings up to date what Latchkey made.
 *
 * @throws LatchkeyError LK-NO-DEFINITION, LK-OWNER, ProblemsError …: the pod cannot have it
 */
export async function completeSecret(
  name: string,
  errand: Errand,
  options: CompleteOptions,
): Promise<Completed> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const completed = await completeOnce(name, errand, options);
    if (completed !== 'again') return completed;
  }
  throw new LatchkeyError(
    'LK-KUBERNETES',
    'others change it each time that Latchkey looks at it',
    'Find out who writes to this Secret.',
  );
}

async function completeOnce(
  name: string,
  errand: Errand,
  options: CompleteOptions,
): Promise<Completed | 'again'> {
  const { api, index } = options;
  const { namespace } = errand.surroundings;
  const finding = { api, index, signal: errand.signal };
  const [stored, found] = await Promise.all([
    api.secret(namespace, name, errand.signal),
    findDefinition(namespace, name, finding),
  ]);
  if (!isMeant(found, errand)) throw noDefinition(namespace);
  if (stored !== undefined && found?.makes !== true) {
    return settled(standing(stored, { ownerIsThere: await ownerIsThere(stored, finding) }));
  }
  if (found === undefined) throw noDefinition(namespace);
  const state = standing(stored, { maker: found.definition });
  if (state.kind === 'refused' || state.kind === 'left-alone') return settled(state);
  if (options.keyNamespaces.includes(namespace)) throw holdsKeys(namespace);
  const ours = state.kind === 'absent' ? undefined : state.stored;
  const { outcome, warnings } = await carryOut(found, ours, { errand, options });
  return outcome === 'again' ? 'again' : { outcome, warnings };
}

function isMeant(found: FoundDefinition | undefined, { definitionUid }: Errand): boolean {
  return definitionUid === undefined || found?.definition.uid === definitionUid;
}

/** A Secret that nothing is to be done about. */
function settled(state: Standing): Completed {
  if (state.kind === 'refused') throw new LatchkeyError(state.code, state.message, state.remedy);
  const warning = state.kind === 'left-alone' ? state.warning : undefined;
  return { outcome: 'left-alone', warnings: warning === undefined ? [] : [warning] };
}

function holdsKeys(namespace: string): LatchkeyError {
  return new LatchkeyError(
    'LK-POLICY',
    `namespace ${quoted(namespace)} holds sealing keys, so nothing is made there`,
    'Put the definition and what uses it into another namespace.',
  );
}

function noDefinition(namespace: string): LatchkeyError {
  return new LatchkeyError(
    'LK-NO-DEFINITION',
    `it does not exist in namespace ${quoted(namespace)}, and no definition makes it`,
    "Apply its definition, or the Secret: the pod's controller tries again.",
  );
}
