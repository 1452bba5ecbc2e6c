import { DRIVER } from './class-volumes.ts';
import type { Place } from './plan.ts';
import type { Container, Pod, Volume } from './pod.ts';

/**
 * How much a pod needs a Secret. `pull`: its containers are started without it, as far as the images can be pulled;
 * `optional`: they are started without it.
 */
export type Need = 'required' | 'pull' | 'optional';

/** A Secret that a pod refers to. */
export interface SecretUse {
  /** As written: no part of a pod under review has been validated. */
  readonly name: string;
  /** The strongest need of all that refer to it. */
  readonly need: Need;
  /** The first that has this need. */
  readonly place: Place;
}

type Fields = Readonly<Record<string, unknown>>;

/** Volumes whose driver is handed a Secret: the reference to it, of each kind that Kubernetes has. */
const DRIVERS: ReadonlyMap<string, string> = new Map([
  ['csi', 'nodePublishSecretRef'],
  ['flexVolume', 'secretRef'],
  ['rbd', 'secretRef'],
  ['cephfs', 'secretRef'],
  ['iscsi', 'secretRef'],
  ['scaleIO', 'secretRef'],
  ['storageos', 'secretRef'],
]);

/**
 * The Secrets that a pod refers to, each once, in the order of the pod: `secretKeyRef` and `secretRef` of all containers and
 * init containers, volumes and their projected sources and drivers, and `imagePullSecrets`.
 */
export function secretUses({ spec }: Pod): readonly SecretUse[] {
  const { containers, initContainers = [], volumes = [], imagePullSecrets = [] } = spec;
  const found = new Map<string, SecretUse>();
  const all = [
    ...containers.flatMap((container, index) => ofContainer(container, `spec.containers[${String(index)}]`)),
    ...initContainers.flatMap((container, index) =>
      ofContainer(container, `spec.initContainers[${String(index)}]`),
    ),
    ...volumes.flatMap((volume, index) => ofVolume(volume, `spec.volumes[${String(index)}]`)),
    ...imagePullSecrets.flatMap(({ name }, index) =>
      use(name, 'pull', { label: 'imagePullSecrets', field: `spec.imagePullSecrets[${String(index)}]` }),
    ),
  ];
  for (const one of all) {
    const known = found.get(one.name);
    if (known === undefined || rank(one.need) < rank(known.need)) found.set(one.name, one);
  }
  return [...found.values()];
}

function rank(need: Need): number {
  return ['required', 'pull', 'optional'].indexOf(need);
}

function ofContainer(container: Container, path: string): readonly SecretUse[] {
  const { name, env = [], envFrom = [] } = container;
  return [
    ...env.flatMap(({ name: variable, valueFrom }, index) =>
      use(valueFrom?.secretKeyRef?.name, needOf(valueFrom?.secretKeyRef), {
        label: `container ${name}, env ${variable}`,
        field: `${path}.env[${String(index)}]`,
      }),
    ),
    ...envFrom.flatMap(({ secretRef }, index) =>
      use(secretRef?.name, needOf(secretRef), {
        label: `container ${name}, envFrom`,
        field: `${path}.envFrom[${String(index)}]`,
      }),
    ),
  ];
}

/** Volumes are of many kinds and their fields nobody's but Kubernetes': what isn't as Kubernetes has it is not a reference. */
function ofVolume(volume: Volume, path: string): readonly SecretUse[] {
  const place = { label: `volume ${volume.name}`, field: path };
  const secret = fields(volume['secret']);
  const sources = fields(volume['projected'])['sources'];
  const projected = (Array.isArray(sources) ? sources : []).map((source) => fields(fields(source)['secret']));
  const driven = [...DRIVERS].map(([kind, field]) => fields(fields(volume[kind])[field])['name']);
  return [
    ...use(secret['secretName'], needOf(secret), place),
    ...projected.flatMap((source) => use(source['name'], needOf(source), place)),
    ...[...driven, fields(volume['azureFile'])['secretName']].flatMap((name) =>
      use(name, isClassVolume(volume) ? 'optional' : 'required', place),
    ),
  ];
}

/** The AWS provider has no use for the Secret that its driver is handed; other providers ask for it themselves. */
function isClassVolume(volume: Volume): boolean {
  return fields(volume['csi'])['driver'] === DRIVER;
}

function use(name: unknown, need: Need, place: Place): readonly SecretUse[] {
  return typeof name === 'string' && name !== '' ? [{ name, need, place }] : [];
}

function needOf(reference: { readonly optional?: unknown } | undefined): Need {
  return reference?.optional === true ? 'optional' : 'required';
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
