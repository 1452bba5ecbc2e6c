import { basename, dirname } from 'node:path/posix';
import type { FetchPlan } from '../delivery/fetch-plan.ts';
import { isAbsolute, pathNames } from '../delivery/path-names.ts';
import { LatchkeyError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { Filled } from '../request/evaluate.ts';
import { dataKey } from '../request/slot.ts';
import { SecretValue } from '../secret-value.ts';
import { envFile } from './env-file.ts';
import { createPlaces } from './places.ts';
import type { FileToWrite } from './write-files.ts';

export type LaidOut =
  | { readonly kind: 'files'; readonly files: readonly FileToWrite[] }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/** The kubelet reads the env file as root; nobody else mounts its volume. */
const ENV_FILE_MODE = 0o400;

/**
 * Says where each value goes: files below the mount path under their own names, files with an absolute path under the
 * numbers that their mounts use, variables into the env file. The env file is always there where the plan names it, also
 * without any variable: a kubelet fails on a missing file even where the key is optional.
 * @throws LatchkeyError LK-CONFIG when the plan has no place for a value
 */
export function layOut(fetchPlan: FetchPlan, filled: readonly Filled[]): LaidOut {
  const { plan, filesRoot, pathsRoot } = fetchPlan;
  const placeOf = createPlaces(plan);
  const numbers = pathNames(plan.items);
  const files = filled.flatMap(({ slot, value }): readonly FileToWrite[] => {
    if (slot.kind !== 'file') return [];
    const common = { value, mode: slot.mode ?? plan.fileMode, place: placeOf(slot) };
    if (!isAbsolute(slot.path)) return [{ ...common, root: known(filesRoot, 'files'), path: slot.path }];
    const path = known(numbers.get(slot.path), 'files with an absolute path');
    return [{ ...common, root: known(pathsRoot, 'files with an absolute path'), path }];
  });
  const variables = filled.filter(({ slot }) => slot.kind !== 'file');
  if (fetchPlan.envFile === undefined && variables.length === 0) return { kind: 'files', files };
  const path = known(fetchPlan.envFile, 'variables');
  const env = envFile(
    variables.map(({ slot, value }) => ({ key: dataKey(slot), value, place: placeOf(slot) })),
  );
  if (env.kind === 'problems') return env;
  const place = { label: 'env file', field: '' };
  const value = new SecretValue(env.bytes);
  const whole = { root: dirname(path), path: basename(path), value, mode: ENV_FILE_MODE, place };
  return { kind: 'files', files: [...files, whole] };
}

function known(text: string | undefined, what: string): string {
  if (text !== undefined) return text;
  throw new LatchkeyError(
    'LK-CONFIG',
    `the plan of the init container says not where ${what} go`,
    'Create the pod again, and use the same version for --fetch-image and the webhook.',
  );
}
