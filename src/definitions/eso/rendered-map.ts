// Where a template makes keys and values at once, its text is YAML: as sigs.k8s.io/yaml reads it into a map of strings.

import { isMap, isNode, isScalar, LineCounter } from 'yaml';
import { LatchkeyError } from '../../errors.ts';
import { textOf } from '../../request/encoding.ts';
import { parseFailsafe } from '../../request/failsafe-yaml.ts';
import { plainText } from './yaml-scalar.ts';

const TEXT_TAG = 'tag:yaml.org,2002:str';

function wrong(message: string, line?: number): LatchkeyError {
  return new LatchkeyError(
    'LK-DEFINITION',
    line === undefined ? message : `${message} in line ${line}`,
    'A literal, and a template with templateAs: KeysAndValues, renders to lines KEY: TEXT of YAML. Pipe a text through `quote` where it may look like something else.',
  );
}

/** The text of a key or a value. Throws where it is none, or would not stay the text that it is. */
function scalarText(node: unknown, what: 'key' | 'value', line: number): string {
  if (node === null) return '';
  if (!isScalar(node) || (node.tag !== undefined && node.tag !== TEXT_TAG)) {
    throw wrong(`the template renders to a ${what} that is no text`, line);
  }
  const text = typeof node.value === 'string' ? node.value : '';
  if (node.type !== 'PLAIN' || node.tag !== undefined) return text;
  const kept = plainText(text);
  if (kept !== undefined) return kept;
  throw wrong(`the template renders to a ${what} without quotes that YAML reads as something else`, line);
}

/** One line of a rendered map. Its key may hold what the template was given: it is not for messages. */
export interface RenderedEntry {
  readonly key: string;
  readonly text: string;
  /** From 1, in the rendered text. */
  readonly line: number;
}

/**
 * The map that a rendered template is. Throws LK-DEFINITION where it is none, where a key stands twice, and for a value that
 * YAML would not take for the text that it is. No message has a key or a value in it.
 */
export function renderedMap(rendered: Uint8Array): readonly RenderedEntry[] {
  const text = textOf(rendered);
  if (text === undefined) throw wrong('the template renders to no text');
  const lines = new LineCounter();
  // As text throughout: what a plain value means is said in yaml-scalar.ts.
  const document = parseFailsafe(text, lines);
  if (document === undefined) throw wrong('the template renders to no YAML');
  const { contents, errors } = document;
  const [error] = errors;
  if (error !== undefined) throw wrong('the template renders to no YAML', lines.linePos(error.pos[0]).line);
  if (contents === null || (isScalar(contents) && contents.value === '')) return [];
  if (!isMap(contents)) throw wrong('the template renders to no map');
  const seen = new Set<string>();
  return contents.items.map((pair) => {
    const { line } = lines.linePos(isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0);
    const key = scalarText(pair.key, 'key', line);
    if (seen.has(key)) throw wrong('the template renders to the same key twice', line);
    seen.add(key);
    return { key, text: scalarText(pair.value, 'value', line), line };
  });
}
