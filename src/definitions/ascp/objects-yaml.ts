// The YAML text in `parameters.objects`, as the AWS provider reads it: keys in any case, numbers and booleans as the text
// that was written, anchors and merged mappings. What an alias brings is counted, so that no few lines become a million.

import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter } from 'yaml';

import { LatchkeyError } from '../../errors.ts';
import { parseFailsafe } from '../../request/failsafe-yaml.ts';

/** Text, `null`, and lists and mappings of such. */
export type Written = string | null | readonly Written[] | { readonly [key: string]: Written };

/** Some thousand objects; the parser needs a moment for more. */
const LONGEST = 256 * 1024;
const MOST_NODES = 50_000;
const DEEPEST = 32;
const NULL = /^(?:~|null|Null|NULL|)$/;
const MERGE = '<<';

function wrong(message: string, line?: number): LatchkeyError {
  const where = line === undefined ? '' : `line ${String(line)}: `;
  return new LatchkeyError('LK-DEFINITION', where + message, 'Write a YAML list of objects as one text.');
}

function tooMuch(message: string): LatchkeyError {
  return new LatchkeyError('LK-LIMIT', message, 'Split the SecretProviderClass in two.');
}

/**
 * @returns what stands there; `null` where nothing does
 * @throws LatchkeyError LK-DEFINITION with the line's number and no text of the parser, or LK-LIMIT
 */
export function readObjectsYaml(text: string): Written {
  if (text.length > LONGEST) {
    throw tooMuch(`it has ${String(text.length)} characters, and at most ${String(LONGEST)} are read`);
  }
  const lines = new LineCounter();
  const document = parseFailsafe(text, lines);
  if (document === undefined) throw wrong('it is nested too deeply');
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) throw wrong('this is not YAML', lines.linePos(error.pos[0]).line);
  return createWalk().read(document.contents, 0);
}

/** Reads each node once, in the order of the document: what an alias stands for was read before it. */
function createWalk(): { read(node: unknown, depth: number): Written } {
  const anchors = new Map<
    string,
    { readonly value: Written; readonly nodes: number; readonly characters: number }
  >();
  let nodes = 0;
  let characters = 0;

  function count(more: number, moreCharacters: number): void {
    nodes += more;
    characters += moreCharacters;
    if (nodes > MOST_NODES) throw tooMuch(`it has more than ${String(MOST_NODES)} values`);
    // Without aliases there are never as many: what they bring is worked on each time.
    if (characters > LONGEST) throw tooMuch(`its values have more than ${String(LONGEST)} characters`);
  }

  function read(node: unknown, depth: number): Written {
    if (depth > DEEPEST) throw wrong('it is nested too deeply');
    count(1, 0);
    if (isAlias(node)) return readAlias(node.source);
    const before = { nodes, characters };
    const value = readPlain(node, depth);
    const { anchor } = isNode(node) ? node : {};
    if (anchor !== undefined) {
      anchors.set(anchor, {
        value,
        nodes: nodes - before.nodes,
        characters: characters - before.characters,
      });
    }
    return value;
  }

  function readAlias(name: string): Written {
    const found = anchors.get(name);
    if (found === undefined) throw wrong('an alias stands for nothing before it');
    count(found.nodes, found.characters);
    return found.value;
  }

  function readPlain(node: unknown, depth: number): Written {
    if (isScalar(node)) {
      const written = typeof node.value === 'string' ? node.value : '';
      count(0, written.length);
      return node.type === 'PLAIN' && NULL.test(written) ? null : written;
    }
    if (isSeq(node)) return node.items.map((item) => read(item, depth + 1));
    return isMap(node) ? readMap(node.items, depth + 1) : null;
  }

  function readMap(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    depth: number,
  ): Written {
    const own = new Map<string, Written>();
    const merged = new Map<string, Written>();
    for (const { key, value } of items) {
      const name = read(key, depth);
      if (typeof name !== 'string') throw wrong('a key is no text');
      const found = read(value, depth);
      if (name === MERGE) for (const [each, one] of entriesOf(found)) setFirst(merged, each, one);
      else own.set(name, found);
    }
    return Object.fromEntries([...merged, ...own]);
  }

  return { read };
}

/** Of what `<<` names: one mapping, or a list of them, in which the first wins. */
function entriesOf(found: Written): readonly (readonly [string, Written])[] {
  if (found === null || typeof found === 'string') throw wrong('<< names no mapping');
  return Array.isArray(found) ? found.flatMap(entriesOf) : Object.entries(found);
}

function setFirst(map: Map<string, Written>, key: string, value: Written): void {
  if (!map.has(key)) map.set(key, value);
}
