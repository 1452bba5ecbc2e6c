import { deliveryProblems } from './delivery-problems.ts';
import { describe, LatchkeyError } from '../../errors.ts';
import type { ManifestObject } from '../../manifests/objects.ts';
import { podTemplateOf, type PodTemplate } from '../../manifests/pod-templates.ts';
import type { PlanDefaults } from '../../request/plan.ts';
import { optedOut } from '../../request/skip.ts';
import { notConvertible } from '../definitions/meaning.ts';
import { edited, type Edit } from '../edit/edit.ts';
import { type Arranged, arrange } from './arrange.ts';
import type { Accepted } from './accepted.ts';
import { type Existing, plannable, planOf, readExisting } from './existing.ts';
import { mountedBy } from './mounts.ts';
import { checkLaterSources, checkNotSeen, type Neighbours, ownNames } from './later-sources.ts';
import { containersOf, type Use } from './uses.ts';
import { volumeWishes } from './volume-wishes.ts';
import { envFromWishes, type Meanings, variableWishes } from './wishes.ts';

/** A use that stays as it is, and why. */
export interface Kept {
  readonly use: Use;
  readonly why: LatchkeyError;
}

export interface ConvertedTemplate {
  readonly edits: readonly Edit[];
  readonly arranged: readonly Arranged[];
  readonly kept: readonly Kept[];
}

export interface Converting extends Neighbours {
  readonly template: PodTemplate;
  readonly meanings: Meanings;
  readonly defaults: PlanDefaults;
  /** Whether the file can be changed so. Throws LatchkeyError where it cannot. */
  checkEdits(object: ManifestObject, edits: readonly Edit[]): void;
}

/** Converts as many uses as can be, each checked by planning the pod that comes of it. */
export function convertTemplate(converting: Converting, uses: readonly Use[]): ConvertedTemplate {
  const { template, defaults } = converting;
  try {
    const pod = plannable(template, defaults.namespace);
    const planned = planOf(pod, defaults);
    const existing = readExisting(pod, planned, defaults.skipContainers);
    const reason = optedOut(existing.pod, defaults);
    if (reason !== undefined) throw notConvertible(reason);
    if (planned.kind === 'problems')
      throw notConvertible(`the pod's annotations are wrong: ${describe(planned.problems[0])}`);
    return settle({ ...converting, existing }, uses);
  } catch (error) {
    const why = told(error);
    return { edits: [], arranged: [], kept: uses.map((use) => ({ use, why })) };
  }
}

function told(error: unknown): LatchkeyError {
  if (error instanceof LatchkeyError) return error;
  throw error;
}

/** Each use that is tried is a plan of the whole pod. */
const MOST_TRIED = 200;

interface Settling extends Converting {
  readonly existing: Existing;
}

/** What a use becomes by itself. Throws LatchkeyError. */
function accept({ template, meanings, ...neighbours }: Settling, use: Use): Accepted {
  if (use.kind === 'other') throw notConvertible(use.why);
  if (use.kind === 'variable') return { use, wishes: variableWishes(use, meanings) };
  if (use.kind === 'env-from') {
    const wishes = envFromWishes(use, ownNames(use), meanings);
    checkLaterSources(use, wishes, neighbours);
    const { keys, members } = meanings.wholeOf(use.secret);
    checkNotSeen(use, (name) => members.length > 0 || keys.has(name.slice(use.prefix.length)));
    return { use, wishes };
  }
  const mounted = mountedBy(containersOf(template), use.name);
  return { use, mounted, wishes: volumeWishes(use, mounted.mounts, meanings) };
}

function settle(settling: Settling, uses: readonly Use[]): ConvertedTemplate {
  const kept: Kept[] = [];
  const accepted: Accepted[] = [];
  for (const use of uses) {
    try {
      accepted.push(accept(settling, use));
    } catch (error) {
      kept.push({ use, why: told(error) });
    }
  }
  return arrangeAll(settling, accepted, kept);
}

/** All at once; where they do not go together, those that stand against it are left, then one use after the other. */
function arrangeAll(settling: Settling, accepted: readonly Accepted[], kept: Kept[]): ConvertedTemplate {
  if (accepted.length === 0) return { edits: [], arranged: [], kept };
  const before = accepted.filter(({ use }) => standsBefore(use, kept));
  if (before.length > 0) {
    const why = notConvertible('another source stands behind it in envFrom, stays there, and may win');
    kept.push(...before.map(({ use }) => ({ use, why })));
    return arrangeAll(
      settling,
      accepted.filter((each) => !before.includes(each)),
      kept,
    );
  }
  const arrangement = arrange(settling.template, accepted, settling.existing);
  if (arrangement.kind === 'rejected') {
    for (const [{ use }, why] of arrangement.rejected) kept.push({ use, why });
    return arrangeAll(
      settling,
      accepted.filter((each) => !arrangement.rejected.has(each)),
      kept,
    );
  }
  const problem = problemOf(settling, arrangement.edits);
  if (problem === undefined) return { ...arrangement, kept };
  if (accepted.length === 1 || accepted.length > MOST_TRIED) {
    const stay = accepted.map(({ use }) => ({ use, why: problem }));
    return { edits: [], arranged: [], kept: [...kept, ...stay] };
  }
  return oneByOne(settling, accepted, kept);
}

/** Whether a source of `envFrom` that stays stands behind it. */
function standsBefore(use: Use, kept: readonly Kept[]): boolean {
  return kept.some(
    ({ use: other }) =>
      use.kind === 'env-from' &&
      other.kind === 'env-from' &&
      other.container.path.join() === use.container.path.join() &&
      Number(other.path.at(-1)) > Number(use.path.at(-1)),
  );
}

function oneByOne(settling: Settling, accepted: readonly Accepted[], kept: Kept[]): ConvertedTemplate {
  let good: readonly Accepted[] = [];
  for (const each of accepted) {
    const arrangement = arrange(settling.template, [...good, each], settling.existing);
    const why =
      arrangement.kind === 'rejected'
        ? [...arrangement.rejected.values()][0]
        : problemOf(settling, arrangement.edits);
    if (why === undefined) good = [...good, each];
    else kept.push({ use: each.use, why });
  }
  const arrangement = arrange(settling.template, good, settling.existing);
  if (arrangement.kind === 'rejected' || good.length === 0) return { edits: [], arranged: [], kept };
  return { ...arrangement, kept };
}

/** Why the webhook would not take the pod, or the file cannot be changed so. */
function problemOf(settling: Settling, edits: readonly Edit[]): LatchkeyError | undefined {
  const { template, defaults } = settling;
  const object = { ...template.object, value: edited(template.object.value, edits) };
  const changed = podTemplateOf(object);
  if (changed === undefined) return notConvertible('the pod would be gone');
  const planned = planOf(plannable(changed, defaults.namespace), defaults);
  const [problem] =
    planned.kind === 'problems' ? planned.problems : deliveryProblems(changed, planned, defaults);
  if (problem !== undefined) return notConvertible(describe(problem));
  try {
    settling.checkEdits(template.object, edits);
    return undefined;
  } catch (error) {
    return told(error);
  }
}
