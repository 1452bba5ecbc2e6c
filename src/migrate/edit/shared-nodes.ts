import { isAlias, isNode, type Node, visit } from 'yaml';

import { cannotEdit, type Editing, type Located } from './editing.ts';

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
export function checkNotShared({ repeated }: Editing, { node, around }: Located, goes: boolean): void {
  if (repeated.size === 0) return;
  const inside: Node[] = [];
  if (goes && node !== null) visit(node, { Node: (_, each) => void inside.push(each) });
  if ([node, ...around, ...inside].some((each) => repeated.has(anchorOf(each))))
    throw cannotEdit('a YAML alias repeats it elsewhere');
}
