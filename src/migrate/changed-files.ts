import { isDeepStrictEqual } from 'node:util';

import { LatchkeyError } from '../errors.ts';
import { readDocuments } from '../manifests/documents.ts';
import { type Json, type ManifestObject, objectsOf } from '../manifests/objects.ts';
import type { Manifests } from '../manifests/read-manifests.ts';
import type { Change } from './edit/block.ts';
import { documentRanges, hasDirectives } from './edit/document-range.ts';
import { edited, type Edit } from './edit/edit.ts';
import { changedText, textChanges } from './edit/edit-text.ts';
import { cannotEdit, type Editing, readForEditing } from './edit/editing.ts';

/** A file before and after; both the same where nothing changes. */
export interface ChangedFile {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** The objects that stand in the place of one; none where it goes. */
export interface Replacement {
  /** Of the document, comments included. */
  readonly text: string;
  readonly objects: readonly Json[];
}

/** The files of the input while they are changed. */
export interface Changing {
  /** Throws LatchkeyError LK-SYNTAX where the object cannot be changed so in its place. */
  check(object: ManifestObject, edits: readonly Edit[]): void;
  edit(object: ManifestObject, edits: readonly Edit[]): void;
  /** Throws LatchkeyError LK-SYNTAX where a document cannot be taken out of its file. */
  checkWhole(object: ManifestObject): void;
  /** The object goes, an item of a List too. */
  drop(object: ManifestObject): void;
  /** Another text stands for the document that the object is. */
  replace(object: ManifestObject, replacement: Replacement): void;
  /** Every file, with all changes made. Throws LK-INTERNAL for one that would not read as it should. */
  finished(): readonly ChangedFile[];
}

interface Changes {
  readonly edits: Map<ManifestObject, readonly Edit[]>;
  readonly dropped: Set<ManifestObject>;
  readonly replaced: Map<ManifestObject, Replacement>;
}

export function startChanging({ files, findings, objects }: Manifests): Changing {
  const editings = new Map<string, readonly Editing[]>();
  const changes: Changes = { edits: new Map(), dropped: new Set(), replaced: new Map() };

  function editingOf({ file, document }: Pick<ManifestObject, 'file' | 'document'>): Editing {
    if (findings.some((finding) => finding.file === file))
      throw cannotEdit('a document of this file cannot be read, so that the file is left alone');
    const text = files.find(({ name }) => name === file)?.text ?? '';
    const known = editings.get(file) ?? readForEditing(text);
    editings.set(file, known);
    const editing = known[document];
    if (editing === undefined) throw cannotEdit('its place in the file is not known');
    return editing;
  }

  return {
    check: (object, edits) => void textChanges(editingOf(object), [{ at: object.at, edits }]),
    edit: (object, edits) => void changes.edits.set(object, edits),
    checkWhole(object) {
      if (object.at.length === 0 && hasDirectives(editingOf(object).text))
        throw cannotEdit('the file has directives or ends of documents');
    },
    drop: (object) => void changes.dropped.add(object),
    replace: (object, replacement) => void changes.replaced.set(object, replacement),
    finished: () =>
      files.map(({ name, text }) => {
        const own = objects.filter(({ file }) => file === name);
        const made = changesOf(own, changes, editingOf);
        if (made.length === 0) return { name, before: text, after: text };
        const after = changedText(text, made);
        checkResult(own, changes, { name, after });
        return { name, before: text, after };
      }),
  };
}

/** The changes in the text of one file. */
function changesOf(
  objects: readonly ManifestObject[],
  { edits, dropped, replaced }: Changes,
  editingOf: (object: Pick<ManifestObject, 'file' | 'document'>) => Editing,
): readonly Change[] {
  const documents = new Map<number, ManifestObject[]>();
  for (const object of objects)
    documents.set(object.document, [...(documents.get(object.document) ?? []), object]);
  return [...documents.values()].flatMap((inside): readonly Change[] => {
    const touched = inside.filter((each) => edits.has(each) || dropped.has(each) || replaced.has(each));
    const [first] = touched;
    if (first === undefined) return [];
    const editing = editingOf(first);
    const range = documentRanges(editing.text)[first.document];
    if (range === undefined) throw cannotEdit('its place in the file is not known');
    if (inside.every((each) => dropped.has(each))) return [{ from: range.start, to: range.end, text: '' }];
    const replacement = replaced.get(first);
    if (replacement !== undefined && first.at.length === 0) {
      const [from] = editing.document.contents?.range ?? [range.start];
      return [{ from, to: range.end, text: replacement.text }];
    }
    return textChanges(
      editing,
      touched.map((each) =>
        dropped.has(each)
          ? { at: [], edits: [{ kind: 'remove', path: each.at }] }
          : { at: each.at, edits: edits.get(each) ?? [] },
      ),
    );
  });
}

/** Every object must read as it did, or as the changes say. */
function checkResult(
  objects: readonly ManifestObject[],
  { edits, dropped, replaced }: Changes,
  { name, after }: Pick<ChangedFile, 'name' | 'after'>,
): void {
  const wanted = objects.flatMap((object): readonly Json[] => {
    if (dropped.has(object)) return [];
    return replaced.get(object)?.objects ?? [edited(object.value, edits.get(object) ?? [])];
  });
  const found = readDocuments(after, name)
    .documents.flatMap(objectsOf)
    .map(({ value }) => value);
  if (isDeepStrictEqual(wanted, found)) return;
  throw new LatchkeyError(
    'LK-INTERNAL',
    'a changed file would not read as it should, so nothing was changed',
    'Please report this with the manifest.',
  );
}
