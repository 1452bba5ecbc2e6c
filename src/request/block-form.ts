import { isMap, isNode, isScalar, LineCounter } from 'yaml';
import type { Pair } from 'yaml';
import { LatchkeyError } from '../errors.ts';
import { parseFailsafe } from './failsafe-yaml.ts';
import { readPlainLines } from './plain-lines.ts';

/** One line of `env: |` or `files: |`. */
export interface BlockEntry {
  readonly key: string;
  readonly value: string;
  /** Counted from 1, in the annotation's text. */
  readonly line: number;
}

const SHAPE = 'Write one NAME: reference a line, quoted where YAML needs it.';

function malformed(message: string, line?: number): LatchkeyError {
  return new LatchkeyError('LK-SYNTAX', line === undefined ? message : `line ${line}: ${message}`, SHAPE);
}

/** A plain text node; aliases, anchors, tags, lists and maps are none. */
function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.anchor !== undefined || node.tag !== undefined) return undefined;
  return typeof node.value === 'string' ? node.value : '';
}

function entryOf(pair: Pair, lines: LineCounter): BlockEntry {
  const at = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? 0;
  const { line } = lines.linePos(at);
  const key = textOf(pair.key);
  if (key === undefined || key === '') throw malformed('the name is not plain text', line);
  const value = pair.value === null ? '' : textOf(pair.value);
  if (value === undefined)
    throw malformed('the value is not plain text (no lists, maps, anchors, aliases or tags)', line);
  return { key, value, line };
}

/** As {@link readBlock}, with the YAML parser whatever the text. */
export function readYamlBlock(text: string): readonly BlockEntry[] {
  const lines = new LineCounter();
  const document = parseFailsafe(text, lines);
  if (document === undefined) throw malformed('this is not a YAML map');
  // A warning is about a directive or tag, which have no place here either.
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) throw malformed('this is not YAML', lines.linePos(error.pos[0]).line);
  const { contents } = document;
  if (contents === null) throw malformed('nothing is asked for here');
  if (!isMap(contents) || contents.anchor !== undefined || contents.tag !== undefined) {
    throw malformed('this is not a YAML map');
  }
  if (contents.items.length === 0) throw malformed('nothing is asked for here');
  return contents.items.map((pair) => entryOf(pair, lines));
}

/** What the YAML parser takes more than a moment for; plain lines have no such limit. */
const LONGEST_YAML = 64 * 1024;

/**
 * Reads the block form of `env` and `files`: a YAML map of text to text. A name that stands twice is returned twice.
 * Throws LK-SYNTAX with the line's number and no text of the parser, LK-LIMIT where it is long and more than plain lines.
 */
export function readBlock(text: string): readonly BlockEntry[] {
  const plain = readPlainLines(text);
  if (plain !== undefined) return plain;
  if (text.length <= LONGEST_YAML) return readYamlBlock(text);
  throw new LatchkeyError(
    'LK-LIMIT',
    `the block has ${text.length} characters, and more in it than plain lines`,
    `Up to ${LONGEST_YAML} may be any YAML; beyond that write each line as NAME: reference, without quotes.`,
  );
}
