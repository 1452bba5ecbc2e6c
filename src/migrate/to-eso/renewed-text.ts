import { isRecord, type ManifestObject } from '../../manifests/objects.ts';
import type { Editing } from '../edit/editing.ts';
import { renderDocument, renderNew } from './render.ts';
import { plain, type Tree } from './tree.ts';

/** An object that becomes another one, and what stands behind it from then on. */
export interface Renewal {
  readonly object: ManifestObject;
  readonly trees: readonly [Tree, ...Tree[]];
}

/**
 * The text of a document with some of its objects new: of one object, or of a List that holds them.
 *
 * @param range where the document's first field begins, and where the next document does
 */
export function renewedText(
  { text, document, isJson, newline }: Editing,
  renewals: readonly Renewal[],
  range: readonly [from: number, to: number],
): string {
  const isList = renewals.some(({ object }) => object.at.length > 0);
  const more = renewals.flatMap(({ trees }) => trees.slice(1));
  const inside = isList ? more : [];
  const written = isJson
    ? jsonText(renewedJson(document.toJS(), renewals, inside))
    : renderDocument(
        text.slice(...range),
        renewals.map(({ object: { at }, trees: [tree] }) => ({ at, tree })),
        inside,
      );
  const behind = isList
    ? []
    : more.map((tree) => `---\n${isJson ? jsonText(plain(tree, {})) : renderNew(tree)}`);
  return (written + behind.join('')).replaceAll(/\r?\n/g, newline);
}

function renewedJson(whole: unknown, renewals: readonly Renewal[], more: readonly Tree[]): unknown {
  const at = (path: readonly (string | number)[]): unknown => {
    const found = renewals.find(({ object }) => JSON.stringify(object.at) === JSON.stringify(path));
    return found === undefined ? undefined : plain(found.trees[0], found.object.value);
  };
  const alone = at([]);
  if (alone !== undefined || !isRecord(whole)) return alone;
  const items = Array.isArray(whole['items']) ? (whole['items'] as readonly unknown[]) : [];
  const renewed = items.map((item, index) => at(['items', index]) ?? item);
  return { ...whole, items: [...renewed, ...more.map((tree) => plain(tree, {}))] };
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
