import { isDeepStrictEqual } from 'node:util';

import { LatchkeyError } from '../errors.ts';
import { readDocuments } from '../manifests/documents.ts';
import { isRecord, type ManifestObject, objectsOf } from '../manifests/objects.ts';
import type { Manifests } from '../manifests/read-manifests.ts';
import type { Change } from './edit/block.ts';
import { type DocumentRange, documentRanges, hasDirectives } from './edit/document-range.ts';
import { edited, type Edit } from './edit/edit.ts';
import { changedText, textChanges } from './edit/edit-text.ts';
import { cannotEdit, type Editing, readForEditing } from './edit/editing.ts';
import { renewedText } from './to-eso/renewed-text.ts';
import { plain, type Tree } from './to-eso/tree.ts';

/** A file before and after; both the same where nothing changes. */
export interface ChangedFile {
  readonly name: string;
  readonly before: string;
  readonly after: string;
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
  /** Another object stands in its place, and more behind it. */
  renew(object: ManifestObject, trees: readonly [Tree, ...Tree[]]): void;
  /** Every file, with all changes made. Throws LK-INTERNAL for one that would not read as it should. */
  finished(): readonly ChangedFile[];
}

interface Changes {
  readonly edits: Map<ManifestObject, readonly Edit[]>;
  readonly dropped: Set<ManifestObject>;
  readonly renewed: Map<ManifestObject, readonly [Tree, ...Tree[]]>;
}

export function startChanging({ files, findings, objects }: Manifests): Changing {
  const editings = new Map<string, readonly Editing[]>();
  const directives = new Map<string, boolean>();
  const changes: Changes = { edits: new Map(), dropped: new Set(), renewed: new Map() };

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
      const { text } = editingOf(object);
      const wrong = directives.get(object.file) ?? hasDirectives(text);
      directives.set(object.file, wrong);
      if (object.at.length === 0 && wrong) throw cannotEdit('the file has directives or ends of documents');
    },
    drop: (object) => void changes.dropped.add(object),
    renew: (object, trees) => void changes.renewed.set(object, trees),
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

type EditingOf = (object: Pick<ManifestObject, 'file' | 'document'>) => Editing;

/** The changes in the text of one file. */
function changesOf(
  objects: readonly ManifestObject[],
  changes: Changes,
  editingOf: EditingOf,
): readonly Change[] {
  const documents = new Map<number, ManifestObject[]>();
  for (const object of objects)
    documents.set(object.document, [...(documents.get(object.document) ?? []), object]);
  const { edits, dropped, renewed } = changes;
  const touched = [...documents.values()].filter((inside) =>
    inside.some((each) => edits.has(each) || dropped.has(each) || renewed.has(each)),
  );
  const [first] = touched.flat();
  if (first === undefined) return [];
  const ranges = documentRanges(editingOf(first).text);
  return touched.flatMap((inside): readonly Change[] => {
    const range = ranges[inside[0]?.document ?? -1];
    if (range === undefined) throw cannotEdit('its place in the file is not known');
    return documentChanges(inside, changes, { editing: editingOf(inside[0] ?? first), range });
  });
}

interface Place {
  readonly editing: Editing;
  readonly range: DocumentRange;
}

function documentChanges(
  objects: readonly ManifestObject[],
  { edits, dropped, renewed }: Changes,
  { editing, range }: Place,
): readonly Change[] {
  if (objects.every((each) => dropped.has(each))) return [{ from: range.start, to: range.end, text: '' }];
  const renewals = objects.flatMap((object) => {
    const trees = renewed.get(object);
    return trees === undefined ? [] : [{ object, trees }];
  });
  if (renewals.length > 0) {
    const [from] = editing.document.contents?.range ?? [range.start];
    return [{ from, to: range.end, text: renewedText(editing, renewals, [from, range.end]) }];
  }
  return textChanges(
    editing,
    objects.map((each) =>
      dropped.has(each)
        ? { at: [], edits: [{ kind: 'remove', path: each.at }] }
        : { at: each.at, edits: edits.get(each) ?? [] },
    ),
  );
}

/** Every object must read as it did, or as the changes say. */
function checkResult(
  objects: readonly ManifestObject[],
  { edits, dropped, renewed }: Changes,
  { name, after }: Pick<ChangedFile, 'name' | 'after'>,
): void {
  const wanted = objects.flatMap((object): readonly unknown[] => {
    if (dropped.has(object)) return [];
    const [tree, ...more] = renewed.get(object) ?? [];
    if (tree === undefined) return [edited(object.value, edits.get(object) ?? [])];
    return [tree, ...more].map((each) => plain(each, object.value));
  });
  const found = readDocuments(after, name)
    .documents.flatMap(objectsOf)
    .map(({ value }) => value);
  if (sameObjects(wanted, found)) return;
  throw new LatchkeyError(
    'LK-INTERNAL',
    'a changed file would not read as it should, so nothing was changed',
    'Please report this with the manifest.',
  );
}

/** In any order: what joins a List stands at its end. */
function sameObjects(a: readonly unknown[], b: readonly unknown[]): boolean {
  return isDeepStrictEqual(a.map(canonical).sort(), b.map(canonical).sort());
}

/** One text for equal objects, in whatever order their fields stand. */
function canonical(object: unknown): string {
  return JSON.stringify(object, (_, value: unknown) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}
