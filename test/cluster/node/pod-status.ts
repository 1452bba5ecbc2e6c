// PURE a pod's status from what its containers do, as the kubelet words it.

import type { Json } from '../support/api.ts';

export interface ContainerState {
  readonly name: string;
  readonly image: string;
  readonly state: Json;
  readonly lastState: Json;
  readonly started: boolean;
  readonly ready: boolean;
  readonly restarts: number;
}

export interface PodState {
  readonly hostIP: string;
  /** Absent until the pod has one. */
  readonly podIP?: string;
  readonly startTime: string;
  readonly init: readonly ContainerState[];
  readonly containers: readonly ContainerState[];
}

/** The status of a pod that now is in this state; `before` is the status that it had. */
export function podStatus(pod: Json, state: PodState, nowIso: string): Json {
  const { init, containers, hostIP, podIP, startTime } = state;
  const before: readonly Json[] = pod.status?.conditions ?? [];
  const initialized = init.every(({ state, started }) => state.terminated?.exitCode === 0 || started);
  const ready = containers.length > 0 && containers.every((container) => container.ready);
  const condition = (type: string, isTrue: boolean): Json => {
    const status = isTrue ? 'True' : 'False';
    const last = before.find((each) => each.type === type);
    const since = last?.status === status ? last.lastTransitionTime : nowIso;
    return { type, status, lastTransitionTime: since };
  };
  return {
    phase: phaseOf(pod, state),
    hostIP,
    startTime,
    ...(podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] }),
    conditions: [
      condition('PodReadyToStartContainers', podIP !== undefined),
      condition('Initialized', initialized),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    initContainerStatuses: init.map(statusOf),
    containerStatuses: containers.map(statusOf),
  };
}

function statusOf({ name, image, state, lastState, started, ready, restarts }: ContainerState): Json {
  return { name, image, imageID: '', state, lastState, started, ready, restartCount: restarts };
}

function phaseOf(pod: Json, { init, containers }: PodState): string {
  const never = pod.spec.restartPolicy === 'Never';
  const failedInit = init.some(({ state }) => never && (state.terminated?.exitCode ?? 0) !== 0);
  if (failedInit) return 'Failed';
  const codes = containers.map(({ state }) => state.terminated?.exitCode as number | undefined);
  if (codes.length > 0 && codes.every((code) => code !== undefined)) {
    if (codes.every((code) => code === 0) && pod.spec.restartPolicy !== 'Always') return 'Succeeded';
    if (never || pod.metadata.deletionTimestamp !== undefined) return 'Failed';
  }
  const begun = containers.some(({ state, restarts }) => state.running ?? state.terminated ?? restarts > 0);
  return begun ? 'Running' : 'Pending';
}
