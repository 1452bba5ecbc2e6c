import { VOLUME_ENV, VOLUME_FILES, VOLUME_PATHS, VOLUME_TOKEN, VOLUME_VOLUMES_TOKEN } from '../names.ts';
import type { Volume } from '../request/pod.ts';
import { converge, isRecord } from './converge.ts';
import type { ListEdit } from './operations.ts';
import { editList } from './operations.ts';
import type { Reconciled } from './reconcile.ts';
import { isOfPart, isReserved, reservedVolume, type Part } from './reserved.ts';
import { readSecretName } from './secret-name.ts';

/** Appends our volumes, brings those of an earlier delivery up to date, and removes what is left of one. */
export function reconcileVolumes(
  given: readonly Volume[] | undefined,
  wanted: readonly Volume[],
  part: Part,
): Reconciled {
  const planted = (given ?? []).filter(({ name }) => isReserved(name)).filter((volume) => !isOurs(volume));
  if (planted.length > 0)
    return { operations: [], problems: planted.map(({ name }) => reservedVolume(name)) };
  const volumes = editList('/spec/volumes', given);
  for (let index = volumes.now.length - 1; index >= 0; index -= 1) {
    const name = volumes.now[index]?.name ?? '';
    if (isOfPart(part, name) && !wanted.some((volume) => volume.name === name)) volumes.remove(index);
  }
  for (const volume of wanted) putVolume(volumes, volume);
  return { operations: volumes.operations(), problems: [] };
}

function putVolume(volumes: ListEdit<Volume>, wanted: Volume): void {
  const index = volumes.now.findIndex(({ name }) => name === wanted.name);
  const found = volumes.now[index];
  if (found === undefined) volumes.append(wanted);
  else bringUpToDate(volumes, index, { wanted, found });
}

/** In its place, so that no other volume's index moves. One of another kind of source becomes another volume. */
export function bringUpToDate(
  volumes: ListEdit<Volume>,
  index: number,
  { wanted, found }: { readonly wanted: Volume; readonly found: Volume },
): void {
  if (sourceOf(found) === sourceOf(wanted)) volumes.within(converge(volumes.at(index), wanted, found));
  else volumes.replace(index, wanted);
}

function sourceOf(volume: Volume): string {
  return Object.keys(volume)
    .filter((key) => key !== 'name')
    .join();
}

/**
 * Whether a volume of one of our names has a shape that only Latchkey gives it. Names of managed Secrets cannot be
 * guessed, and the other kinds hold nothing that somebody else put there.
 */
function isOurs(volume: Volume): boolean {
  const { emptyDir, secret, projected } = volume;
  switch (volume.name) {
    case VOLUME_FILES:
    case VOLUME_PATHS:
      return (
        isMemory(emptyDir) || (isRecord(secret) && readSecretName(String(secret['secretName'])) !== undefined)
      );
    case VOLUME_ENV:
      return isMemory(emptyDir);
    case VOLUME_TOKEN:
    case VOLUME_VOLUMES_TOKEN:
      return isRecord(projected) && isOneToken(projected['sources']);
    default:
      return false;
  }
}

/** Whether a volume's `emptyDir` is kept in memory. */
export function isMemory(emptyDir: unknown): boolean {
  return isRecord(emptyDir) && emptyDir['medium'] === 'Memory';
}

function isOneToken(sources: unknown): boolean {
  if (!Array.isArray(sources) || sources.length !== 1) return false;
  const [source]: readonly unknown[] = sources;
  return isRecord(source) && Object.keys(source).join() === 'serviceAccountToken';
}
