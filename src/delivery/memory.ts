import {
  CONTAINER_FETCH,
  ENV_FILE,
  FETCH_ENV_ROOT,
  FETCH_FILES_ROOT,
  FETCH_PATHS_ROOT,
  VOLUME_ENV,
  VOLUME_FILES,
  VOLUME_PATHS,
} from '../names.ts';
import { isOurVariable } from '../request/ours.ts';
import type { Plan } from '../request/plan.ts';
import type { Pod, VolumeMount } from '../request/pod.ts';
import { dataKey } from '../request/slot.ts';
import type { Delivered } from './delivery.ts';
import { deliveryAnnotations } from './delivery.ts';
import type { WantedContainer } from './desired.ts';
import type { FetchTargets } from './fetch-container.ts';
import { fetchContainer, fetchMounts, fetchVolumes, guardContainer } from './fetch-container.ts';
import { fetchUser } from './fetch-user.ts';
import { fileAccess, writtenBy } from './file-access.ts';
import { memoryProblems } from './memory-limits.ts';
import type { KnownSlot } from './memory-slots.ts';
import { knownSlots } from './memory-slots.ts';
import { isAbsolute, pathNames } from './path-names.ts';
import { lostVariables } from './pod-identity.ts';
import type { FetchRoots, MemoryOptions } from './prepare-fetch.ts';
import { containerOptions, encodedPlan } from './prepare-fetch.ts';
import { reconcile } from './reconcile.ts';
import { wantedContainers } from './wanted-containers.ts';

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
  const access = fileAccess(pod, plan, writtenBy(user));
  const encoded = encodedPlan(plan, rootsOf(targets), options);
  const containers = targetContainers(plan, known);
  const refused = [
    ...memoryProblems(pod, plan),
    ...access.problems,
    ...lostVariables(pod),
    ...(typeof encoded === 'string' ? [] : [encoded]),
  ];
  if (refused.length > 0 || typeof encoded !== 'string')
    return { operations: [], problems: refused, warnings: [] };
  const fetch = { name: CONTAINER_FETCH, mounts: fetchMounts(targets) } as const;
  const ours = containerOptions(plan, options, { ...fetch, pod, user, encodedPlan: encoded });
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

function rootsOf({ files, paths, env }: FetchTargets): FetchRoots {
  return {
    ...(files ? { filesRoot: FETCH_FILES_ROOT } : {}),
    ...(paths ? { pathsRoot: FETCH_PATHS_ROOT } : {}),
    ...(env ? { envFile: `${FETCH_ENV_ROOT}/${ENV_FILE}` } : {}),
  };
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
