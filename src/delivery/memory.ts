import { LatchkeyError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import {
  ENV_FILE,
  FETCH_ENV_ROOT,
  FETCH_FILES_ROOT,
  FETCH_PATHS_ROOT,
  VOLUME_ENV,
  VOLUME_FILES,
  VOLUME_PATHS,
} from '../names.ts';
import { isOurVariable } from '../request/ours.ts';
import type { Item, Plan } from '../request/plan.ts';
import type { Pod, VolumeMount } from '../request/pod.ts';
import { dataKey } from '../request/slot.ts';
import type { Delivered } from './delivery.ts';
import { deliveryAnnotations } from './delivery.ts';
import type { WantedContainer } from './desired.ts';
import type { FetchContainerOptions, FetchResources, FetchTargets } from './fetch-container.ts';
import { fetchContainer, fetchVolumes, guardContainer, TOKEN_FILE } from './fetch-container.ts';
import type { FetchPlan } from './fetch-plan.ts';
import { encodeFetchPlan } from './fetch-plan.ts';
import type { FetchUser } from './fetch-user.ts';
import { fetchUser } from './fetch-user.ts';
import { fileAccess } from './file-access.ts';
import { memoryProblems } from './memory-limits.ts';
import type { KnownSlot } from './memory-slots.ts';
import { knownSlots } from './memory-slots.ts';
import { isAbsolute, pathNames } from './path-names.ts';
import { lostVariables, podIdentity } from './pod-identity.ts';
import { reconcile } from './reconcile.ts';
import type { Status } from './status.ts';
import { IN_PLACE_ANNOTATION } from './status.ts';
import { wantedContainers } from './wanted-containers.ts';

export interface MemoryOptions {
  readonly fetchImage: string;
  readonly fetchResources: FetchResources;
  /** Seconds until `fetch` gives up. */
  readonly fetchDeadlineSeconds: number;
  /** The operator's proxy variables by name, for our init containers; all others are cleared there. */
  readonly proxy?: ReadonlyMap<string, string>;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly cluster?: string;
  /** `AWS_ENDPOINT_URL` of the webhook, for emulators. */
  readonly endpoint?: string;
  /** IRSA: the service account's role and the audience of its token. Absent: only container credentials are tried. */
  readonly webIdentity?: { readonly roleArn: string; readonly audience: string };
  readonly status: Status;
}

/**
 * Delivers through an init container that fetches with the pod's own identity: files through a memory volume, variables
 * through `fileKeyRef` from a second one. The webhook knows no value.
 *
 * Whether cluster and nodes know env files is not asked here: see `envFilesProblem`.
 * @returns problems LK-WINDOWS, LK-MODE, LK-LIMIT, LK-FEATURE, LK-FILES, LK-CONFLICT, LK-RESERVED
 */
export function deliverMemory(pod: Pod, plan: Plan, options: MemoryOptions): Delivered {
  const user = fetchUser(pod, plan);
  const known = knownSlots(plan);
  const targets = fetchTargets(plan, known);
  const owner = {
    user: user.user,
    ...(user.group === undefined ? {} : { group: user.group }),
    fsGroupReads: false,
  };
  const access = fileAccess(pod, plan, owner);
  const encoded = tryEncode(toFetchPlan(plan, targets, options));
  const containers = targetContainers(plan, known);
  const refused = [
    ...memoryProblems(pod, plan),
    ...access.problems,
    ...lostVariables(pod),
    ...(typeof encoded === 'string' ? [] : [encoded]),
  ];
  if (refused.length > 0 || typeof encoded !== 'string')
    return { operations: [], problems: refused, warnings: [] };
  const ours = fetchOptions(plan, options, { user, targets, pod, encoded });
  const { operations, problems } = reconcile(pod, {
    annotations: deliveryAnnotations(plan, options.status),
    volumes: fetchVolumes(targets, options.webIdentity?.audience),
    initContainers: [fetchContainer(ours), ...(targets.env ? [guardContainer(ours)] : [])],
    containers,
  });
  return { operations, problems, warnings: problems.length > 0 ? [] : access.warnings };
}

/** Whether delivery of this plan needs clusters and nodes with env files. */
export function needsEnvFiles(plan: Plan): boolean {
  return plan.delivery === 'memory' && fetchTargets(plan, knownSlots(plan)).env;
}

function fetchTargets(plan: Plan, known: readonly KnownSlot[]): FetchTargets {
  const files = plan.items.flatMap(({ slot }) => (slot.kind === 'file' ? [slot.path] : []));
  return {
    files: files.some((path) => !isAbsolute(path)) || plan.bulks.some(({ kind }) => kind === 'file'),
    paths: files.some(isAbsolute),
    env: known.some(({ slot }) => slot.kind !== 'file') || plan.bulks.some(({ kind }) => kind === 'env'),
  };
}

/** What `fetch` is told. */
function toFetchPlan(plan: Plan, targets: FetchTargets, options: MemoryOptions): FetchPlan {
  const { items, bulks, fileMode, failoverRegion, assumeRoleArn, externalId } = plan;
  const { cluster, endpoint, webIdentity } = options;
  return {
    version: 1,
    plan: {
      items: items.map(steady),
      bulks,
      fileMode,
      ...(failoverRegion === undefined ? {} : { failoverRegion }),
      ...(assumeRoleArn === undefined ? {} : { assumeRoleArn }),
      ...(externalId === undefined ? {} : { externalId }),
    },
    namespace: options.namespace,
    serviceAccount: options.serviceAccount,
    deadlineSeconds: options.fetchDeadlineSeconds,
    ...(cluster === undefined ? {} : { cluster }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(webIdentity === undefined
      ? {}
      : { webIdentity: { roleArn: webIdentity.roleArn, tokenFile: TOKEN_FILE } }),
    ...(targets.files ? { filesRoot: FETCH_FILES_ROOT } : {}),
    ...(targets.paths ? { pathsRoot: FETCH_PATHS_ROOT } : {}),
    ...(targets.env ? { envFile: `${FETCH_ENV_ROOT}/${ENV_FILE}` } : {}),
  };
}

/** Other plugins shift a container's variables between two reviews: an index would make another plan of the same wish. */
function steady(item: Item): Item {
  if (item.slot.kind !== 'in-place') return item;
  return { ...item, place: { ...item.place, field: `metadata.annotations[${IN_PLACE_ANNOTATION}]` } };
}

function tryEncode(plan: FetchPlan): string | Problem {
  try {
    return encodeFetchPlan(plan);
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    const { code, message, remedy } = error;
    return {
      code,
      place: 'delivery memory',
      field: 'metadata.annotations[latchkey.dev/delivery]',
      message,
      remedy,
    };
  }
}

function targetContainers(plan: Plan, known: readonly KnownSlot[]): ReadonlyMap<string, WantedContainer> {
  const optional = new Set(known.filter((slot) => slot.optional).map(({ slot }) => dataKey(slot)));
  const names = pathNames(plan.items);
  const hasFiles = fetchTargets(plan, known).files;
  const mounts: readonly VolumeMount[] = [
    ...(hasFiles ? [{ name: VOLUME_FILES, mountPath: plan.mountPath, readOnly: true }] : []),
    ...[...names].map(([path, subPath]) => ({
      name: VOLUME_PATHS,
      mountPath: path,
      subPath,
      readOnly: true,
    })),
  ];
  return wantedContainers(plan, {
    slots: known.map(({ slot }) => slot),
    mounts,
    isOurs: isOurVariable,
    write: (slot) => {
      const key = dataKey(slot);
      const ref = { volumeName: VOLUME_ENV, path: ENV_FILE, key };
      return { valueFrom: { fileKeyRef: optional.has(key) ? { ...ref, optional: true } : ref } };
    },
  });
}

interface Settled {
  readonly pod: Pod;
  readonly user: FetchUser;
  readonly targets: FetchTargets;
  readonly encoded: string;
}

function fetchOptions(plan: Plan, options: MemoryOptions, settled: Settled): FetchContainerOptions {
  const { webIdentity } = options;
  const [source] = [
    ...plan.items.flatMap(({ template }) => template.filter((part) => typeof part !== 'string')),
    ...plan.bulks.map(({ source }) => source),
  ];
  const region = source?.address.region ?? '';
  return {
    image: options.fetchImage,
    resources: options.fetchResources,
    user: settled.user,
    targets: settled.targets,
    encodedPlan: settled.encoded,
    podIdentity: podIdentity(settled.pod),
    proxy: options.proxy ?? new Map(),
    ...(webIdentity === undefined ? {} : { role: { arn: webIdentity.roleArn, region } }),
  };
}
