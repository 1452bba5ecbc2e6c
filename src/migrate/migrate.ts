import { readDocuments } from '../manifests/documents.ts';
import { type ManifestObject, objectsOf } from '../manifests/objects.ts';
import type { Manifests } from '../manifests/read-manifests.ts';
import { annotate } from './annotate.ts';
import { type ChangedFile, startChanging } from './changed-files.ts';
import { type Input, type MigrateOptions, readInput } from './input.ts';
import { mentionRows } from './mention-rows.ts';
import { namespaceRows } from './namespace-rows.ts';
import { type Row, rowsInOrder } from './rows.ts';
import type { ToEsoOptions } from './to-eso/convert-definition.ts';
import { toEso } from './to-eso/to-eso.ts';
import { dropUnused, unusedRows } from './unused-rows.ts';

export interface Migrated {
  readonly files: readonly ChangedFile[];
  /** In the order of files and lines. */
  readonly rows: readonly Row[];
  /** The manifests as they are once everything is converted. */
  readonly after: Input;
}

export interface ToAnnotations extends MigrateOptions {
  readonly dropUnused: boolean;
}

/**
 * Definitions to annotations. Nothing is read but what is given, and nothing is written.
 *
 * @throws LatchkeyError LK-INTERNAL where a file would not read as it should
 */
export function migrateToAnnotations(manifests: Manifests, options: ToAnnotations): Migrated {
  const input = readInput(manifests, options);
  const changing = startChanging(manifests);
  const rows = [...annotate(input, changing), ...mentionRows(input), ...namespaceRows(input, 'annotations')];
  const converted = changedInput(manifests, changing.finished(), options);
  const more = options.dropUnused
    ? dropUnused(converted, (object) => counterpart(object, converted, manifests), changing)
    : unusedRows(converted);
  const files = changing.finished();
  return {
    files,
    rows: rowsInOrder(
      [...rows, ...more],
      manifests.files.map(({ name }) => name),
    ),
    after: changedInput(manifests, files, options),
  };
}

export interface ToEso extends MigrateOptions, ToEsoOptions {}

/**
 * KES definitions to ESO v1. Nothing is read but what is given, and nothing is written.
 *
 * @throws LatchkeyError LK-INTERNAL where a file would not read as it should
 */
export function migrateToEso(manifests: Manifests, options: ToEso): Migrated {
  const input = readInput(manifests, options);
  const changing = startChanging(manifests);
  const rows = [...toEso(input, options, changing), ...namespaceRows(input, 'eso')];
  const files = changing.finished();
  return {
    files,
    rows: rowsInOrder(
      rows,
      manifests.files.map(({ name }) => name),
    ),
    after: changedInput(manifests, files, options),
  };
}

/** The input as the changed files have it. */
export function changedInput(
  manifests: Manifests,
  changed: readonly ChangedFile[],
  options: MigrateOptions,
): Input {
  const files = manifests.files.map((file, index) => {
    const text = changed[index]?.after ?? file.text;
    return text === file.text ? file : { name: file.name, text, ...readDocuments(text, file.name) };
  });
  const objects = files.flatMap(({ documents }) => documents.flatMap(objectsOf));
  return readInput({ files, objects, findings: manifests.findings }, options);
}

/** The same object before anything was converted: as long as none was removed, they stand in the same order. */
function counterpart(
  object: ManifestObject,
  { manifests: { objects } }: Input,
  before: Manifests,
): ManifestObject | undefined {
  return before.objects[objects.indexOf(object)];
}
