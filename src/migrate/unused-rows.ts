import type { Changing } from './changed-files.ts';
import { LatchkeyError } from '../errors.ts';
import type { ManifestObject } from '../manifests/objects.ts';
import { podTemplateOf } from '../manifests/pod-templates.ts';
import { MATERIALIZE } from '../names.ts';
import type { Input } from './input.ts';
import { type Row, rowAt } from './rows.ts';
import { isKeptWithoutPods, unusedDefinitions } from './unused.ts';

const WHAT = 'definition';

/** What is said of definitions that nothing of the input uses. */
export function unusedRows(input: Input): readonly Row[] {
  const unneeded = unusedDefinitions(input).filter((definition) => !isKeptWithoutPods(definition, input));
  return unneeded.map((definition) =>
    rowAt(definition, ['metadata', 'name'], {
      status: 'note',
      what: WHAT,
      text: `nothing in ${filesOf(input)} uses its Secret; it is kept (--drop-unused removes it)`,
    }),
  );
}

/**
 * `--drop-unused`: takes out what nothing uses any more.
 *
 * @param after the input as it is once everything is converted
 * @param original the same objects before, which stand in the files
 */
export function dropUnused(
  after: Input,
  original: (object: ManifestObject) => ManifestObject | undefined,
  changing: Changing,
): readonly Row[] {
  const hasWorkloads = after.manifests.objects.some((object) => podTemplateOf(object) !== undefined);
  return unusedDefinitions(after).flatMap((definition): readonly Row[] => {
    const object = original(definition);
    if (object === undefined) return [];
    if (isKeptWithoutPods(definition, after))
      return [rowAt(object, ['metadata', 'name'], { status: 'note', what: WHAT, text: WITHOUT_PODS })];
    if (!hasWorkloads) return [keptRow(object, NO_WORKLOADS)];
    try {
      changing.checkWhole(object);
      changing.drop(object);
      const text = `nothing in ${filesOf(after)} uses its Secret: it is removed. What stands elsewhere was not looked at`;
      return [rowAt(object, ['metadata', 'name'], { status: 'converted', what: WHAT, text })];
    } catch (error) {
      if (!(error instanceof LatchkeyError)) throw error;
      return [keptRow(object, error.message)];
    }
  });
}

const NO_WORKLOADS =
  'no workload is among the manifests, so that nothing is known of who uses it. Give their files too';

const WITHOUT_PODS = `its Secret is kept without pods (${MATERIALIZE}), for whatever reads it: it stays`;

function keptRow(object: ManifestObject, text: string): Row {
  return rowAt(object, ['metadata', 'name'], { status: 'kept', what: WHAT, text });
}

function filesOf({ manifests }: Input): string {
  const { length } = manifests.files;
  return length === 1 ? 'the file that was given' : `the ${String(length)} files that were given`;
}
