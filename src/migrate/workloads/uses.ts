// What a pod template takes out of Secrets, with its places in the object.

import type { Path } from '../../manifests/node-path.ts';
import { isRecord, type Json, recordAt, textAt } from '../../manifests/objects.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import { classFiles } from '../definitions/class-files.ts';

export interface PlacedContainer {
  readonly name: string;
  /** In the object. */
  readonly path: Path;
  readonly value: Json;
}

/** `env[].valueFrom.secretKeyRef` */
export interface VariableUse {
  readonly kind: 'variable';
  readonly container: PlacedContainer;
  readonly name: string;
  readonly secret: string;
  readonly key: string;
  readonly optional: boolean;
  /** Of the entry. */
  readonly path: Path;
}

/** `envFrom[].secretRef` */
export interface EnvFromUse {
  readonly kind: 'env-from';
  readonly container: PlacedContainer;
  readonly secret: string;
  readonly prefix: string;
  readonly optional: boolean;
  readonly path: Path;
}

export interface VolumeItem {
  readonly key: string;
  readonly path: string;
  readonly mode?: number;
}

/** A Secret of a volume: all of it, or some keys under names of their own. */
export interface VolumeSource {
  readonly secret: string;
  readonly optional: boolean;
  readonly items?: readonly VolumeItem[];
}

/** A volume of one Secret or SecretProviderClass, or a projected one of Secrets alone. */
export interface VolumeUse {
  readonly kind: 'volume';
  readonly name: string;
  readonly sources: readonly VolumeSource[];
  readonly defaultMode: number;
  readonly path: Path;
}

/** Everything that annotations have no word for. */
export interface OtherUse {
  readonly kind: 'other';
  readonly secret: string;
  /** In the user's words: `imagePullSecrets`. */
  readonly what: string;
  readonly why: string;
  readonly path: Path;
}

export type Use = VariableUse | EnvFromUse | VolumeUse | OtherUse;

const CLASS_DRIVER = 'secrets-store.csi.k8s.io';

/** What the kubelet gives files of a volume that says no mode, and the Secrets Store CSI driver too. */
const DEFAULT_MODE = 0o644;

/** Volumes whose driver is handed a Secret: where it is named. */
const DRIVERS: Readonly<Record<string, string>> = {
  csi: 'nodePublishSecretRef',
  flexVolume: 'secretRef',
  rbd: 'secretRef',
  cephfs: 'secretRef',
  iscsi: 'secretRef',
  scaleIO: 'secretRef',
  storageos: 'secretRef',
  azureFile: '',
};

const TO_A_DRIVER = 'the kubelet hands it to a volume driver before any container runs';
const TO_A_REGISTRY = 'the kubelet needs it to pull images, before any container runs';
const BESIDE_OTHERS =
  'the volume has other sources too, and files of annotations cannot lie in the volume of somebody else';

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

/** All containers of a template, init containers first, as the planner orders them. */
export function containersOf({ path, value }: PodTemplate): readonly PlacedContainer[] {
  return ['initContainers', 'containers'].flatMap((list) =>
    listAt(recordAt(value, 'spec'), list).flatMap((container, index) =>
      isRecord(container)
        ? [{ name: textAt(container, 'name') ?? '', path: [...path, 'spec', list, index], value: container }]
        : [],
    ),
  );
}

/** Every use of a Secret, in the order of the pod. */
export function usesOf(template: PodTemplate): readonly Use[] {
  const spec = recordAt(template.value, 'spec');
  const at = [...template.path, 'spec'];
  return [
    ...containersOf(template).flatMap((container) => [...variables(container), ...envFroms(container)]),
    ...listAt(spec, 'volumes').flatMap((volume, index) =>
      isRecord(volume) ? volumeUses(volume, [...at, 'volumes', index]) : [],
    ),
    ...listAt(spec, 'imagePullSecrets').flatMap((entry, index) =>
      other(textAt(entry, 'name'), 'imagePullSecrets', TO_A_REGISTRY, [...at, 'imagePullSecrets', index]),
    ),
  ];
}

function isOptional(reference: unknown): boolean {
  return isRecord(reference) && reference['optional'] === true;
}

function variables(container: PlacedContainer): readonly VariableUse[] {
  return listAt(container.value, 'env').flatMap((entry, index) => {
    const reference = recordAt(recordAt(entry, 'valueFrom'), 'secretKeyRef');
    const [name, secret, key] = [textAt(entry, 'name'), textAt(reference, 'name'), textAt(reference, 'key')];
    if (name === undefined || secret === undefined || key === undefined) return [];
    const path = [...container.path, 'env', index];
    return [{ kind: 'variable', container, name, secret, key, optional: isOptional(reference), path }];
  });
}

function envFroms(container: PlacedContainer): readonly EnvFromUse[] {
  return listAt(container.value, 'envFrom').flatMap((entry, index) => {
    const reference = recordAt(entry, 'secretRef');
    const secret = textAt(reference, 'name');
    if (secret === undefined) return [];
    const prefix = textAt(entry, 'prefix') ?? '';
    const path = [...container.path, 'envFrom', index];
    return [{ kind: 'env-from', container, secret, prefix, optional: isOptional(reference), path }];
  });
}

function other(secret: string | undefined, what: string, why: string, path: Path): readonly OtherUse[] {
  return secret === undefined ? [] : [{ kind: 'other', secret, what, why, path }];
}

function volumeUses(volume: Json, path: Path): readonly Use[] {
  const name = textAt(volume, 'name') ?? '';
  const secret = recordAt(volume, 'secret');
  const secretName = textAt(secret, 'secretName');
  if (secretName !== undefined) {
    const sources = [sourceOf(secret, secretName)];
    const defaultMode = numberAt(secret, 'defaultMode') ?? DEFAULT_MODE;
    return [{ kind: 'volume', name, sources, defaultMode, path }];
  }
  if (isRecord(volume['projected'])) return projectedUses(volume, path);
  const handed = Object.entries(DRIVERS).flatMap(([driver, field]) => {
    const described = recordAt(volume, driver);
    const named = field === '' ? textAt(described, 'secretName') : textAt(recordAt(described, field), 'name');
    return other(named, `volume ${name}`, TO_A_DRIVER, path);
  });
  return [...classUses(volume, name, path), ...handed];
}

function classUses(volume: Json, name: string, path: Path): readonly Use[] {
  const csi = recordAt(volume, 'csi');
  const className = textAt(recordAt(csi, 'volumeAttributes'), 'secretProviderClass');
  if (textAt(csi, 'driver') !== CLASS_DRIVER || className === undefined) return [];
  const sources = [{ secret: classFiles(className), optional: false }];
  return [{ kind: 'volume', name, sources, defaultMode: DEFAULT_MODE, path }];
}

function sourceOf(source: Json, secret: string): VolumeSource {
  const items = listAt(source, 'items').flatMap((item): readonly VolumeItem[] => {
    const [key, path] = [textAt(item, 'key'), textAt(item, 'path')];
    if (key === undefined || path === undefined) return [];
    const mode = numberAt(item, 'mode');
    return [{ key, path, ...(mode === undefined ? {} : { mode }) }];
  });
  return { secret, optional: isOptional(source), ...(items.length === 0 ? {} : { items }) };
}

function numberAt(value: unknown, key: string): number | undefined {
  const found = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'number' ? found : undefined;
}

/** A projected volume goes as a whole or not at all. */
function projectedUses(volume: Json, path: Path): readonly Use[] {
  const name = textAt(volume, 'name') ?? '';
  const projected = recordAt(volume, 'projected');
  const all = listAt(projected, 'sources');
  const sources = all.flatMap((source) => {
    const secret = recordAt(source, 'secret');
    const secretName = textAt(secret, 'name');
    return secretName === undefined ? [] : [sourceOf(secret, secretName)];
  });
  if (sources.length < all.length)
    return sources.flatMap(({ secret }) => other(secret, `volume ${name}`, BESIDE_OTHERS, path));
  const defaultMode = numberAt(projected, 'defaultMode') ?? DEFAULT_MODE;
  return sources.length === 0 ? [] : [{ kind: 'volume', name, sources, defaultMode, path }];
}

/** The Secrets that a use needs. */
export function secretsIn(use: Use): readonly string[] {
  return use.kind === 'volume' ? use.sources.map(({ secret }) => secret) : [use.secret];
}

/** A use in the words of reports: `container app, env DB_PASSWORD`. */
export function useTitle(use: Use): string {
  switch (use.kind) {
    case 'variable':
      return `container ${use.container.name}, env ${use.name}`;
    case 'env-from':
      return `container ${use.container.name}, envFrom ${use.secret}`;
    case 'volume':
      return `volume ${use.name}`;
    default:
      return use.what;
  }
}
