import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Alias, Document, Node, Pair } from 'yaml';

import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { AwsStoreName } from '../request/plan.ts';
import { SecretValue } from '../secret-value.ts';

/** Values by key, as the file writes the keys: `NAME`, `NAME:3`, `NAME?stage=X`. */
export type StoreFile = Readonly<Record<AwsStoreName, ReadonlyMap<string, SecretValue>>>;

const MAX_NODES = 100_000;
const MAX_DEPTH = 200;

/** The one key of `{ $binary: BASE64 }`. */
const BINARY = '$binary';

interface Reading {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly targets: Map<Alias, unknown>;
  nodes: number;
}

/**
 * Reads a store file (YAML or JSON): two maps, `ssm` and `secretsmanager`, from names to values. A string is the value;
 * numbers keep their source digits; maps and lists become compact JSON; `{ $binary: BASE64 }` is bytes.
 * @param label what messages call the file
 * @throws LatchkeyError LK-CONFIG with line numbers, never with text of the file: the YAML parser's own messages quote it
 */
export function parseStoreFile(text: string, label: string): StoreFile {
  const lines = new LineCounter();
  const [document, second] = parse(text, lines, label);
  if (second !== undefined) throw wrong(label, 'holds more than one YAML document');
  const empty: StoreFile = { ssm: new Map(), secretsmanager: new Map() };
  if (document === undefined || document.contents === null) return empty;
  const reading: Reading = { document, lines, targets: new Map(), nodes: 0 };
  try {
    const { contents } = document;
    if (!isMap(contents)) throw problem(reading, contents, 'is not a map of ssm and secretsmanager');
    return { ...empty, ...Object.fromEntries(contents.items.map((pair) => readStore(pair, reading))) };
  } catch (error) {
    throw wrong(label, error instanceof FileProblem ? error.message : 'is nested too deeply');
  }
}

function parse(text: string, lines: LineCounter, label: string): readonly Document[] {
  let documents;
  try {
    documents = parseAllDocuments(text, { lineCounter: lines, version: '1.2', logLevel: 'silent' });
  } catch {
    throw wrong(label, 'is nested too deeply');
  }
  if (!Array.isArray(documents)) return [];
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined)
    throw wrong(label, `is no valid YAML at line ${lines.linePos(broken.pos[0]).line}`);
  const [strange] = documents.flatMap(({ warnings }) => warnings);
  if (strange !== undefined)
    throw wrong(label, `has a YAML tag that is not known at line ${lines.linePos(strange.pos[0]).line}`);
  return documents;
}

function readStore(pair: Pair, reading: Reading): readonly [string, Map<string, SecretValue>] {
  const store = keyOf(pair, reading);
  if (store !== 'ssm' && store !== 'secretsmanager') {
    throw problem(reading, pair.key, `has the unknown key ${quoted(store)} (known: ssm, secretsmanager)`);
  }
  const values = new Map<string, SecretValue>();
  const content = resolved(pair.value, reading);
  if (content === null) return [store, values];
  if (!isMap(content)) throw problem(reading, pair.value, 'needs a map of names to values');
  for (const item of content.items) values.set(keyOf(item, reading), valueOf(item.value, reading));
  return [store, values];
}

function keyOf({ key }: Pair, reading: Reading): string {
  if (!isScalar(key) || key.value === null) throw problem(reading, key, 'has a key that is no text');
  return key.source ?? '';
}

function valueOf(value: unknown, reading: Reading): SecretValue {
  const node = resolved(value, reading);
  if (isMap(node) && node.items.length === 1 && node.has(BINARY)) {
    const base64 = node.get(BINARY);
    if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(base64)) {
      throw problem(reading, node, `needs base64 text in ${BINARY}`);
    }
    return new SecretValue(Buffer.from(base64, 'base64'));
  }
  if (isScalar(node) && typeof node.value === 'string') return new SecretValue(node.value);
  const json = jsonOf(node, reading, 0);
  if (json === 'null') throw problem(reading, value, 'has a name without a value');
  return new SecretValue(json);
}

/** Compact JSON of a node. Numbers are copied from their source, so that no digit is lost. */
function jsonOf(value: unknown, reading: Reading, depth: number): string {
  reading.nodes += 1;
  // Aliases can make a small file expand without bound.
  if (reading.nodes > MAX_NODES || depth > MAX_DEPTH)
    throw problem(reading, value, 'is nested too deeply or too large');
  const node = resolved(value, reading);
  if (isSeq(node)) return `[${node.items.map((item) => jsonOf(item, reading, depth + 1)).join(',')}]`;
  if (isMap(node)) {
    const members = node.items.map(
      (pair) => `${JSON.stringify(keyOf(pair, reading))}:${jsonOf(pair.value, reading, depth + 1)}`,
    );
    return `{${members.join(',')}}`;
  }
  return isScalar(node) ? scalarJson(node.value, node.source, reading) : 'null';
}

function scalarJson(value: unknown, source: string | undefined, reading: Reading): string {
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (source !== undefined && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(source)) return source;
    if (typeof value === 'number' && !Number.isFinite(value))
      throw problem(reading, undefined, 'has a number that JSON has not');
    return String(value);
  }
  return JSON.stringify(value ?? null);
}

function resolved(value: unknown, reading: Reading): unknown {
  const node = isAlias(value) ? target(value, reading) : value;
  return isScalar(node) && node.value === null ? null : (node ?? null);
}

/** Each alias looked up once: the library searches the whole document for it. */
function target(alias: Alias, { document, targets }: Reading): unknown {
  if (!targets.has(alias)) targets.set(alias, alias.resolve(document));
  return targets.get(alias);
}

/** Carries a text of ours only. */
class FileProblem extends Error {}

function problem({ lines }: Reading, node: unknown, what: string): FileProblem {
  const start = isNodeWithRange(node) ? node.range?.[0] : undefined;
  return new FileProblem(start === undefined ? what : `${what} at line ${lines.linePos(start).line}`);
}

function isNodeWithRange(node: unknown): node is Node {
  return typeof node === 'object' && node !== null && 'range' in node;
}

function wrong(label: string, what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-CONFIG',
    `the store file ${quoted(label)} ${what}`,
    'It is YAML with the maps ssm and secretsmanager, from names to values.',
  );
}
