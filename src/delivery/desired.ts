import type { Place } from '../request/plan.ts';
import type { EnvVar, Volume, VolumeMount } from '../request/pod.ts';

/** A variable that a container is to have, before its own. */
export interface WantedVariable {
  readonly entry: EnvVar;
  /** Where it was asked for; absent for a member of `env-from`, against which the container's own variable wins. */
  readonly place?: Place;
  /** Whether a variable of this name that the container has is what an earlier review of ours wrote. */
  readonly isOurs: (found: EnvVar) => boolean;
}

/** An `env` entry whose value asked in place. */
export interface WantedInPlace {
  readonly variable: string;
  /** What the entry becomes; absent: the whole variable is left out, because an optional reference has no value. */
  readonly entry?: EnvVar;
  readonly place: Place;
  readonly isOurs: (found: EnvVar) => boolean;
}

export interface WantedContainer {
  /** In the order in which they come first. */
  readonly variables: readonly WantedVariable[];
  readonly inPlace: readonly WantedInPlace[];
  readonly mounts: readonly VolumeMount[];
}

/** One of the init containers that we add. Plain JSON. */
export interface OurContainer {
  readonly name: string;
  readonly args: readonly string[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly [field: string]: unknown;
}

/** What a pod has of ours once it is delivered: the same for a fresh pod and for one that already carries it. */
export interface Desired {
  /** `undefined` removes the annotation. */
  readonly annotations: ReadonlyMap<string, string | undefined>;
  readonly volumes: readonly Volume[];
  /** The first init containers, in order. */
  readonly initContainers: readonly OurContainer[];
  /** By container name; one that is not here gets nothing. */
  readonly containers: ReadonlyMap<string, WantedContainer>;
}
