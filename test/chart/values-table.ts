// The tables of the chart's README, from the comments of values.yaml.

import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

export interface Value {
  /** `serve.ports.webhook`. */
  readonly path: string;
  /** As JSON. */
  readonly fallback: string;
  readonly meaning: string;
}

export interface Section {
  /** The first part of the paths. */
  readonly name: string;
  /** What the comment before it says. */
  readonly meaning: string;
  readonly values: readonly Value[];
}

/**
 * Every value of a commented values.yaml. What has no value below it that is commented (a list, a map of the user's own)
 * is one value.
 * @throws Error naming a value without a comment
 */
export function readSections(text: string): readonly Section[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  return contents.items.map((pair, index) => {
    const name = keyOf(pair);
    // The comment before the first key is the document's own, and stands before the map.
    const meaning = commentBefore(pair) || (index === 0 ? commentOf(contents.commentBefore ?? '') : '');
    if (meaning === '') throw new Error(`${name} has no comment`);
    const branch = branchOf(pair);
    const values = branch === undefined ? [valueOf(pair, [], meaning)] : valuesBelow(branch, [name]);
    return { name, meaning, values };
  });
}

/** The sections as Markdown. */
export function tableOf(sections: readonly Section[]): string {
  return ['| value | default | meaning |', '|---|---|---|', ...sections.flatMap(rowsOf)].join('\n');
}

function rowsOf({ name, meaning, values }: Section): readonly string[] {
  const isOne = values.length === 1 && values[0]?.path === name;
  const rows = values.map(
    (value) => `| \`${value.path}\` | \`${value.fallback}\` | ${escaped(value.meaning)} |`,
  );
  return isOne ? rows : [`| **${name}** | | **${escaped(meaning)}** |`, ...rows];
}

function valuesBelow(map: YAMLMap, path: readonly string[]): readonly Value[] {
  return map.items.flatMap((pair, index): readonly Value[] => {
    const below = [...path, keyOf(pair)];
    const branch = branchOf(pair);
    if (branch !== undefined) return valuesBelow(branch, below);
    const meaning = commentBefore(pair) || (index === 0 ? commentOf(map.commentBefore ?? '') : '');
    if (meaning === '') throw new Error(`${below.join('.')} has no comment`);
    return [valueOf(pair, path, meaning)];
  });
}

function valueOf(pair: Pair, path: readonly string[], meaning: string): Value {
  const json = pair.value as { toJSON(): unknown };
  return { path: [...path, keyOf(pair)].join('.'), fallback: JSON.stringify(json.toJSON()), meaning };
}

/** The map whose values are described one by one: block style, with a comment for the first. */
function branchOf({ value }: Pair): YAMLMap | undefined {
  if (!isMap(value) || value.flow === true) return undefined;
  const [first] = value.items;
  const isDescribed =
    (value.commentBefore ?? '') !== '' || (first !== undefined && branchOf(first) !== undefined);
  return isDescribed ? value : undefined;
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : '';
}

function commentBefore({ key }: Pair): string {
  return isScalar(key) ? commentOf(key.commentBefore ?? '') : '';
}

/** The lines after the last empty one: what stands before that is about more than this value. */
function commentOf(text: string): string {
  const lines = text.split('\n');
  return lines
    .slice(lines.lastIndexOf('') + 1)
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
