import type { Path } from '../manifests/node-path.ts';
import { type ManifestObject, titleOf } from '../manifests/objects.ts';
import type { Difference } from './differences.ts';

/** What became of one thing that was found. `note` is for everything that is neither good nor bad. */
export type Status = 'converted' | 'differs' | 'kept' | 'note';

/** One line of the report. */
export interface Row {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** `Deployment shop/app`; absent for what belongs to no object. */
  readonly object?: string;
  readonly status: Status;
  /** What it is about, in the user's words: `container app, env DB_PASSWORD`. */
  readonly what: string;
  /** What it became; or why it stays, with what to do. */
  readonly text: string;
  /** Where the bytes may be others than before. */
  readonly differences: readonly Difference[];
}

/** A row about a part of an object. */
export function rowAt(
  object: ManifestObject,
  path: Path,
  row: Pick<Row, 'status' | 'what' | 'text'> & Partial<Pick<Row, 'differences'>>,
): Row {
  return {
    file: object.file,
    line: object.lineOf(path),
    object: titleOf(object),
    differences: [],
    ...row,
  };
}

/** Rows in the order of the files and their lines. */
export function rowsInOrder(rows: readonly Row[], files: readonly string[]): readonly Row[] {
  return rows.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line);
}
