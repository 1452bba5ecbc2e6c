import type { Asked, SettingName } from './annotations.ts';
import { readAnnotations } from './annotations.ts';
import { parseRoleArn, placeholderWarning } from './arn.ts';
import { readBulks } from './bulks.ts';
import { plaintextPlan, plaintextTargets } from './carried-status.ts';
import { variableConflicts, wishConflicts } from './conflicts.ts';
import type { PlacedContainer } from './containers.ts';
import { placedContainers, targetNames } from './containers.ts';
import { readInPlace } from './in-place.ts';
import { checkInPlaceSize } from './in-place-size.ts';
import { readInPlaceItems, readItems } from './items.ts';
import { checkMounts } from './mounts.ts';
import type { Bulk, InPlace, Item, Plan, PlanDefaults, Planned } from './plan.ts';
import { planHash } from './plan-hash.ts';
import type { Pod } from './pod.ts';
import { sizeProblem } from './pod-size.ts';
import type { Problems } from './problems.ts';
import { annotationPlace, attempt, namespacePlace } from './problems.ts';
import { checkRegions } from './region-checks.ts';
import { checkReserved } from './reserved.ts';
import { checkSealed } from './sealed-checks.ts';
import { checkPrefix } from './settle.ts';
import type { Surroundings } from './settle.ts';
import { namespaceAnnotation, readSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { ASKS_FOR_NOTHING, optedOut } from './skip.ts';
import { compareSlots } from './slot.ts';
import { checkCount } from './source.ts';
import type { Reader } from './source.ts';

/** What a pod asks for, before anything around it is looked at. */
interface Request {
  readonly pod: Pod;
  readonly defaults: PlanDefaults;
  readonly asked: Asked;
  readonly containers: readonly PlacedContainer[];
  readonly inPlace: readonly InPlace[];
}

function surroundingsOf(defaults: PlanDefaults, settings: Settings, problems: Problems): Surroundings {
  const text = namespaceAnnotation(defaults, 'prefix');
  const prefix =
    text === undefined ? undefined : attempt(problems, namespacePlace('prefix'), () => checkPrefix(text));
  // A prefix that is wrong is one problem, not another one for each relative name.
  const standIn = text === undefined ? undefined : (prefix ?? '/');
  return {
    namespace: defaults.namespace,
    region: settings.region ?? '',
    ...(standIn !== undefined && { prefix: standIn }),
  };
}

interface Wanted {
  readonly items: readonly Item[];
  readonly bulks: readonly Bulk[];
}

function readWanted(request: Request, settings: Settings, problems: Problems): Wanted {
  const { asked, inPlace, defaults } = request;
  const reader: Reader = {
    problems,
    surroundings: surroundingsOf(defaults, settings, problems),
    count: { references: 0 },
  };
  const items = [...readItems(reader, asked.wishes, settings.fileMode), ...readInPlaceItems(reader, inPlace)];
  const bulks = readBulks(reader, asked.bulkWishes, settings.delivery);
  checkCount(reader);
  return { items: items.sort((a, b) => compareSlots(a.slot, b.slot)), bulks };
}

/** The containers that get variables and files; none where only values in place are asked for. */
function readTargets(request: Request, settings: Settings, problems: Problems): readonly PlacedContainer[] {
  const { asked, containers, defaults, pod } = request;
  const text = asked.settings.get('containers');
  if (asked.wishes.length === 0 && asked.bulkWishes.length === 0 && text === undefined) return [];
  const before = settings.delivery === 'plaintext' && text === undefined ? plaintextTargets(pod) : [];
  const frozen = containers.filter(({ container }) => before.includes(container.name));
  if (frozen.length > 0) return frozen;
  const find = (): readonly string[] => targetNames(containers, text, defaults.skipContainers);
  const names = new Set(attempt(problems, annotationPlace('containers'), find));
  return containers.filter(({ container }) => names.has(container.name));
}

function planOf(
  request: Request,
  settings: Settings,
  wanted: Wanted,
  targets: readonly PlacedContainer[],
): Plan {
  const { delivery, mountPath, fileMode, failoverRegion, assumeRoleArn, externalId, preflight } = settings;
  const nothingShared = request.asked.wishes.length === 0 && request.asked.bulkWishes.length === 0;
  return {
    delivery,
    items: wanted.items,
    bulks: wanted.bulks,
    inPlace: request.inPlace,
    targets: nothingShared ? [] : targets.map(({ container }) => container.name),
    mountPath,
    fileMode,
    ...(failoverRegion !== undefined && { failoverRegion }),
    ...(assumeRoleArn !== undefined && { assumeRoleArn }),
    ...(externalId !== undefined && { externalId }),
    preflight,
  };
}

/** Variables that `plaintext` wrote for this very plan are ours, though nothing marks them. */
function checkVariables(plan: Plan, targets: readonly PlacedContainer[], pod: Pod, problems: Problems): void {
  const conflicts = variableConflicts(plan.items, targets);
  if (conflicts.length === 0) return;
  const delivered = plan.delivery === 'plaintext' && plaintextPlan(pod) === planHash(plan);
  problems.push(...conflicts.filter(({ literal }) => !(literal && delivered)).map(({ problem }) => problem));
}

function planRequest(request: Request, problems: Problems): Planned {
  const { pod, defaults, asked } = request;
  const settings = readSettings(asked.settings, defaults, problems);
  const targets = readTargets(request, settings, problems);
  problems.push(...wishConflicts(asked.wishes));
  const wanted = readWanted(request, settings, problems);
  const plan = planOf(request, settings, wanted, targets);
  checkRegions(plan, settings, problems);
  checkSealed(plan, problems);
  checkInPlaceSize(plan, pod, problems);
  checkMounts(plan, targets, problems);
  checkVariables(plan, targets, pod, problems);
  checkReserved(pod, problems);
  const [first, ...more] = problems;
  if (first !== undefined) return { kind: 'problems', problems: [first, ...more] };
  return { kind: 'plan', plan, warnings: roleWarnings(plan) };
}

function roleWarnings({ assumeRoleArn }: Plan): readonly string[] {
  const warning = assumeRoleArn === undefined ? undefined : placeholderWarning(parseRoleArn(assumeRoleArn));
  return warning === undefined ? [] : [`${annotationPlace('assume-role-arn').label}: ${warning}`];
}

const WRITTEN_BY_US: readonly SettingName[] = ['status', 'in-place', 'volumes'];

function asksForNothing({ asked, inPlace }: Request, problems: Problems): boolean {
  const settings = [...asked.settings.keys()].filter((name) => !WRITTEN_BY_US.includes(name));
  const wishes = asked.wishes.length + asked.bulkWishes.length + inPlace.length;
  return wishes === 0 && settings.length === 0 && problems.length === 0;
}

/**
 * What a pod asks for, in normal form: the same for a fresh pod and for one that carries our delivery already. A skip
 * says why; everything that is wrong is reported together, each with its place. Pure, and total: no pod makes it throw.
 */
export function makePlan(pod: Pod, defaults: PlanDefaults): Planned {
  const reason = optedOut(pod, defaults);
  if (reason !== undefined) return { kind: 'skip', reason };
  const tooLarge = sizeProblem(pod);
  if (tooLarge !== undefined) return { kind: 'problems', problems: [tooLarge] };
  const problems: Problems = [];
  const asked = readAnnotations(pod.metadata.annotations ?? {}, problems);
  const containers = placedContainers(pod);
  const inPlace = readInPlace(pod, containers, plaintextPlan(pod) !== undefined, problems);
  const request = { pod, defaults, asked, containers, inPlace };
  if (asksForNothing(request, problems)) return { kind: 'skip', reason: ASKS_FOR_NOTHING };
  const planned = planRequest(request, problems);
  const empty = planned.kind === 'plan' && planned.plan.items.length === 0 && planned.plan.bulks.length === 0;
  return empty ? { kind: 'skip', reason: 'asks for nothing, though it has settings' } : planned;
}
