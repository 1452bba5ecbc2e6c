import { isAlias, isNode, type Node, visit } from 'yaml';

import { cannotEdit, type Editing, type Located } from './editing.ts';

/** The anchors that an alias of the document uses. */
function usedAnchors({ document }: Editing): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { Alias: (_, { source }) => void names.add(source) });
  return names;
}

function anchorOf(node: unknown): string {
  return isNode(node) && !isAlias(node) && 'anchor' in node && typeof node.anchor === 'string'
    ? node.anchor
    : '';
}

/**
 * What an alias repeats elsewhere would change there as well.
 *
 * @param goes whether the part and all that is in it is removed
 * @throws LatchkeyError LK-SYNTAX
 */
export function checkNotShared(editing: Editing, { node, around }: Located, goes: boolean): void {
  const used = usedAnchors(editing);
  if (used.size === 0) return;
  const inside: Node[] = [];
  if (goes && node !== null) visit(node, { Node: (_, each) => void inside.push(each) });
  if ([node, ...around, ...inside].some((each) => used.has(anchorOf(each))))
    throw cannotEdit('a YAML alias repeats it elsewhere');
}
