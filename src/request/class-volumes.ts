// The volumes of a pod that the Secrets Store CSI driver would fill. What replaced one no longer says what it is for: that
// stands in the annotation `volumes`. Anyone can write it. It is believed only of a volume that looks like what we put there,
// and all it can do is ask for a class, as its author may anyway.

import { annotationJson } from './annotation-json.ts';
import { PREFIX, RESERVED_PREFIX } from '../names.ts';
import { printable } from '../quote.ts';
import type { Place, PlanVolume } from './plan.ts';
import type { Pod, Volume } from './pod.ts';

export const VOLUMES_ANNOTATION = `${PREFIX}volumes`;
/** The Secrets Store CSI driver. */
export const DRIVER = 'secrets-store.csi.k8s.io';

/** A volume that is to be filled with the files of a SecretProviderClass. */
export interface ClassVolume extends PlanVolume {
  readonly place: Place;
}

/** What the annotation says. */
export interface CarriedVolumes {
  readonly volumes: readonly PlanVolume[];
  /** The revision of a pod that no controller made, so that its second review finds the same managed Secret. */
  readonly nonce?: string;
}

/** Anyone can write it, so not at any size; a hundred volumes with the longest names must fit. */
const LONGEST = 64 * 1024;
const NONE: CarriedVolumes = { volumes: [] };

/** The volumes to fill, each name once, in the order of the pod. `className` is '' where a volume names none. */
export function classVolumes({ metadata, spec }: Pod): readonly ClassVolume[] {
  const { volumes } = spec;
  // Most pods have none, and this is asked of every pod.
  if (volumes === undefined || volumes === null) return [];
  const carried = new Map(
    readVolumesAnnotation(metadata.annotations).volumes.map(({ volume, className }) => [volume, className]),
  );
  const found = new Map<string, ClassVolume>();
  for (const [index, volume] of volumes.entries()) {
    const className = classOf(volume) ?? (isFilled(volume) ? carried.get(volume.name) : undefined);
    if (className === undefined || found.has(volume.name)) continue;
    const place = { label: `volume ${printable(volume.name)}`, field: `spec.volumes[${String(index)}]` };
    found.set(volume.name, { volume: volume.name, className, place });
  }
  return [...found.values()];
}

function classOf(volume: Volume): string | undefined {
  const csi = fields(volume['csi']);
  if (csi['driver'] !== DRIVER) return undefined;
  const name = fields(csi['volumeAttributes'])['secretProviderClass'];
  return typeof name === 'string' ? name : '';
}

/** As we leave one. */
function isFilled(volume: Volume): boolean {
  const { secretName } = fields(volume['secret']);
  return (
    fields(volume['emptyDir'])['medium'] === 'Memory' ||
    (typeof secretName === 'string' && secretName.startsWith(RESERVED_PREFIX))
  );
}

/** Reads `{"volumes":[{"volume":"secrets","className":"shop"}]}`. What has another shape is left out. */
export function readVolumesAnnotation(
  annotations: Readonly<Record<string, string>> | null | undefined,
): CarriedVolumes {
  const text = annotations?.[VOLUMES_ANNOTATION];
  if (typeof text !== 'string' || text.length > LONGEST) return NONE;
  const { volumes, nonce } = fields(annotationJson(text));
  return {
    volumes: Array.isArray(volumes) ? volumes.filter(isEntry) : [],
    ...(typeof nonce === 'string' ? { nonce } : {}),
  };
}

/** The inverse of {@link readVolumesAnnotation}. */
export function volumesText({ volumes, nonce }: CarriedVolumes): string {
  return JSON.stringify({
    volumes: volumes.map(({ volume, className }) => ({ volume, className })),
    ...(nonce === undefined ? {} : { nonce }),
  });
}

function isEntry(value: unknown): value is PlanVolume {
  const { volume, className } = fields(value);
  return typeof volume === 'string' && typeof className === 'string';
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
