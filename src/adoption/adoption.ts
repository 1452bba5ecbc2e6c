import type { Clock } from '../clock.ts';
import { readSecretName } from '../delivery/secret-name.ts';
import { LatchkeyError, type Problem } from '../errors.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import { isDnsSubdomain } from '../kubernetes/object-names.ts';
import type { SecretUse } from '../request/secret-uses.ts';
import type { Completed } from './complete-secret.ts';
import type { Asker, Complete } from './completions.ts';
import type { DefinitionIndex } from './definition-index.ts';
import { problemsOfUse } from './use-problems.ts';
import type { WaitingRoom } from './waiting-room.ts';

/** The pod under review, as far as its Secrets are concerned. */
export interface AdoptionRequest extends Asker {
  /** From {@link Adoption.concerns}. */
  readonly uses: readonly SecretUse[];
  /** A Job's pods are told what else they can do. */
  readonly ofJob: boolean;
  /** Absent for a pod that stands alone. */
  readonly revision: string | undefined;
  /** Nothing that was read before is accepted (clock.now, ms). */
  readonly freshAfter: number;
  /** When the answer must leave (clock.now, ms). */
  readonly deadline: number;
}

/** Whether a pod has all its Secrets. */
export interface Adopted {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** What was used although AWS gave no answer, for the Event. */
  readonly stale: readonly string[];
}

/** Definitions that people already have, carried out at pod creation. */
export interface Adoption {
  /** Those of a pod's Secrets that Latchkey has a say in. */
  concerns(uses: readonly SecretUse[]): readonly SecretUse[];
  /** Completes a pod's Secrets. @throws LatchkeyError LK-INTERNAL */
  adopt(request: AdoptionRequest): Promise<Adopted>;
}

export interface AdoptionOptions {
  readonly complete: Complete;
  readonly index: DefinitionIndex;
  readonly api: Pick<AdoptionApi, 'secret'>;
  readonly waitingRoom: WaitingRoom;
  readonly clock: Clock;
}

type Ending = { readonly completed: Completed } | { readonly error: LatchkeyError };
type Endings = Map<SecretUse, Ending>;

/** Each takes a few requests of the API server; no pod that people write has more. */
export const MOST_SECRETS = 128;

export function createAdoption({ complete, index, api, waitingRoom, clock }: AdoptionOptions): Adoption {
  async function endings(
    uses: readonly SecretUse[],
    request: AdoptionRequest,
    freshAfter: number,
  ): Promise<Endings> {
    const entries = uses.map(async (use): Promise<readonly [SecretUse, Ending]> => {
      const completed = complete(use.name, request, freshAfter);
      return [use, await completed.then((done) => ({ completed: done }), asEnding)];
    });
    return new Map(await Promise.all(entries));
  }

  /** The first review of a revision waits for what is applied a moment later: Helm and Argo CD apply definitions last. */
  async function awaitMissing(found: Endings, request: AdoptionRequest): Promise<void> {
    const missing = () => [...found].filter(isMissing).map(([use]) => use);
    if (missing().length === 0 || request.dryRun) return;
    const { namespace, deadline, signal } = request;
    const now = clock.now();
    await waitingRoom.wait(request.revision, {
      onChange(listener) {
        const all = missing().map(({ name }) => index.onChange(namespace.name, name, listener));
        return () => all.forEach((forget) => forget());
      },
      async look() {
        const there = await present(missing(), request);
        const again = await endings(there, request, clock.now());
        for (const [use, ending] of again) found.set(use, ending);
        return missing().length === 0;
      },
      // Half of the time is for what comes then: the definition, AWS, the Secret.
      until: now + (deadline - now) / 2,
      signal,
    });
  }

  /** Those that a definition makes by now, or that are there. */
  async function present(
    uses: readonly SecretUse[],
    { namespace, signal }: AdoptionRequest,
  ): Promise<readonly SecretUse[]> {
    // For definitions whose kind itself is installed a moment later.
    index.lookAgain();
    const looks = uses.map(async (use) => {
      const { definitions } = await index.makers(namespace.name, use.name, signal);
      const isThere =
        definitions.length > 0 || (await api.secret(namespace.name, use.name, signal)) !== undefined;
      return isThere ? [use] : [];
    });
    return (await Promise.all(looks.map((look) => look.catch(nobody)))).flat();
  }

  return {
    concerns: (uses) => uses.filter(({ name }) => isDnsSubdomain(name) && readSecretName(name) === undefined),
    async adopt(request) {
      const { uses, freshAfter } = request;
      if (uses.length > MOST_SECRETS) return { problems: [tooMany(uses.length)], warnings: [], stale: [] };
      const found = await endings(uses, request, freshAfter);
      await awaitMissing(found, request);
      const all = [...found];
      const completed = all.flatMap(([, ending]) => ('completed' in ending ? [ending.completed] : []));
      return {
        problems: all.flatMap(([use, ending]) =>
          'error' in ending ? problemsOfUse(use, ending.error, request) : [],
        ),
        warnings: completed.flatMap(({ warnings }) => warnings),
        stale: completed.filter(({ outcome }) => outcome === 'stale').flatMap(({ warnings }) => warnings),
      };
    },
  };
}

function isMissing([{ need }, ending]: readonly [SecretUse, Ending]): boolean {
  return need === 'required' && 'error' in ending && ending.error.code === 'LK-NO-DEFINITION';
}

function asEnding(error: unknown): Ending {
  if (error instanceof LatchkeyError && error.code !== 'LK-INTERNAL') return { error };
  throw error;
}

/** Who cannot look sees nothing; what is wrong was said before, and is said again. */
function nobody(error: unknown): readonly never[] {
  if (error instanceof LatchkeyError) return [];
  throw error;
}

function tooMany(count: number): Problem {
  return {
    code: 'LK-LIMIT',
    place: 'pod',
    field: 'spec',
    message: `it refers to ${String(count)} Secrets, and Latchkey completes ${String(MOST_SECRETS)} at most`,
    remedy: 'Refer to fewer Secrets with more keys each.',
  };
}
