import type { Path } from '../../manifests/node-path.ts';
import { addition, type Change, commentsIn, prepended, removal, replacement } from './block.ts';
import type { Comment } from './comments.ts';
import type { Edit } from './edit.ts';
import {
  cannotEdit,
  type Collection,
  type Editing,
  isFlow,
  type Located,
  locate,
  rangeOf,
} from './editing.ts';
import { flowText, isEmptyFlow } from './flow.ts';
import { checkNotShared } from './shared-nodes.ts';

/** The changes of one object, by paths that begin at it. */
export interface ObjectEdits {
  /** Where the object stands in its document. */
  readonly at: Path;
  readonly edits: readonly Edit[];
}

interface InFlow {
  readonly path: Path;
  readonly edits: Edit[];
}

/**
 * What has to change in the text of a file so that objects of one of its documents change.
 *
 * @throws LatchkeyError LK-SYNTAX where the text cannot be changed in this place alone
 */
export function textChanges(editing: Editing, objects: readonly ObjectEdits[]): readonly Change[] {
  const inFlow = new Map<Collection, InFlow>();
  const changes = objects.flatMap((object) => objectChanges(editing, object, inFlow));
  const rewritten = [...inFlow].map(([node, { path, edits }]): Change => {
    const [from, to] = rangeOf(node);
    const relative = edits.map((edit) => ({ ...edit, path: edit.path.slice(path.length) }));
    return { from, to, text: flowText(editing, node, relative) };
  });
  return [...changes, ...rewritten];
}

/** Changes of lines; what stands in brackets is collected, as one collection may hold several objects. */
function objectChanges(
  editing: Editing,
  { at, edits }: ObjectEdits,
  inFlow: Map<Collection, InFlow>,
): readonly Change[] {
  const all = edits.map((each) => fromDocument(at, each));
  const others = unclaimed(editing, all);
  const heir = all.find(({ kind }) => kind === 'add') ?? all.find(({ kind }) => kind === 'prepend');
  return all.flatMap((edit) => {
    const located = deepest(editing, edit.path);
    checkNotShared(editing, located, edit.kind === 'remove' || edit.kind === 'replace');
    const flow = outermostFlow(located, edit);
    if (flow === undefined) return [blockChange(editing, located, edit, edit === heir ? others : [])];
    const known = inFlow.get(flow.node) ?? { path: flow.path, edits: [] };
    inFlow.set(flow.node, known);
    known.edits.push(edit);
    return [];
  });
}

function fromDocument(at: Path, edit: Edit): Edit {
  const path = [...at, ...edit.path];
  if (edit.kind !== 'add') return { ...edit, path };
  const entries = edit.entries.map(({ commentsOf, ...entry }) => ({
    ...entry,
    ...(commentsOf === undefined ? {} : { commentsOf: commentsOf.map((each) => [...at, ...each]) }),
  }));
  return { ...edit, path, entries };
}

interface Deepest extends Located {
  /** How far the path goes. */
  readonly length: number;
}

/** What stands at the path, or else the innermost thing on the way there. */
function deepest(editing: Editing, path: Path): Deepest {
  for (let length = path.length; length >= 0; length -= 1) {
    const located = locate(editing, path.slice(0, length));
    if (located !== undefined) return { ...located, length };
  }
  throw cannotEdit('the document is empty');
}

/** The outermost collection in brackets that the change is in. */
function outermostFlow(
  { node, around, length }: Deepest,
  { kind, path }: Edit,
): { readonly node: Collection; readonly path: Path } | undefined {
  const isContainer = kind === 'add' || kind === 'prepend' || length < path.length;
  const all = isContainer && isFlow(node) ? [node, ...around] : around;
  const outermost = all.findLastIndex(isFlow);
  const found = all[outermost];
  if (found === undefined) return undefined;
  // An empty one may as well become lines, if it stands among lines.
  if (outermost === 0 && found === node && isEmptyFlow(found) && around.length > 0) return undefined;
  const deepestAt = isContainer && isFlow(node) ? length : length - 1;
  return { node: found, path: path.slice(0, deepestAt - outermost) };
}

/** Comments of what goes that nothing new asks for. */
function unclaimed(editing: Editing, edits: readonly Edit[]): readonly Comment[] {
  const claimed = edits.flatMap((edit) =>
    edit.kind === 'add' ? edit.entries.flatMap(({ commentsOf = [] }) => commentsIn(editing, commentsOf)) : [],
  );
  const gone = edits.flatMap(({ kind, path }) => (kind === 'remove' ? [path] : []));
  return commentsIn(editing, gone).filter((comment) => !claimed.includes(comment));
}

function blockChange(editing: Editing, located: Located, edit: Edit, others: readonly Comment[]): Change {
  if (edit.kind === 'remove') return removal(editing, located);
  if (edit.kind === 'replace') return replacement(editing, located, edit);
  return edit.kind === 'add' ? addition(editing, edit, others) : prepended(editing, edit, others);
}

/** The text with every change made. Changes do not overlap; what is put in stands before what is taken out there. */
export function changedText(text: string, changes: readonly Change[]): string {
  const inOrder = changes
    .map((change, index) => ({ ...change, index }))
    .sort((a, b) => a.from - b.from || a.to - b.to || a.index - b.index);
  let result = '';
  let end = 0;
  for (const { from, to, text: put } of inOrder) {
    if (from < end) throw cannotEdit('two changes meet in one place');
    result += text.slice(end, from) + put;
    end = to;
  }
  return result + text.slice(end);
}
