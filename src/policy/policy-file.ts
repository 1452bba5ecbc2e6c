import { isMap, isNode, isSeq, LineCounter, parseDocument, type Document } from 'yaml';

import type { Problem } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { Policy, Rule } from './policy.ts';
import { createReader, type Reader } from './policy-reader.ts';
import { readSelector } from './selector-reader.ts';

/** A ConfigMap cannot hold more. */
const MAX_TEXT_LENGTH = 1024 * 1024;
const MAX_ALIASES = 100;

const RULE_FIELDS = ['namespaces', 'names', 'roles', 'deliveries', 'audiences'];

/**
 * The operator's policy from YAML or JSON. It is strict: whatever is not known, missing or of a wrong type is a problem,
 * all of them together, because a rule that is silently ignored would be a different policy.
 *
 * @returns the policy, or the problems (LK-CONFIG) with path and line. No text of the file but names that stand in it.
 */
export function parsePolicy(text: string): Policy | readonly [Problem, ...Problem[]] {
  const problems: Problem[] = [];
  const rules = readText(text, problems);
  const [first, ...more] = problems;
  return first === undefined ? { kind: 'policy', rules } : [first, ...more];
}

function readText(text: string, problems: Problem[]): readonly Rule[] {
  const unplaced = createReader(problems, () => undefined);
  if (text.length > MAX_TEXT_LENGTH) {
    unplaced.note('file', 'the file is larger than 1 MiB', 'Use fewer, wider patterns.');
    return [];
  }
  const parsed = parse(text);
  if (typeof parsed === 'string') {
    unplaced.note('file', parsed, 'Correct the file; `version: 1` and `rules:` are what it begins with.');
    return [];
  }
  const { document, value, lines } = parsed;
  return readRules(
    createReader(problems, (path) => lineAt(document, lines, path)),
    value,
  );
}

interface Parsed {
  readonly document: Document;
  readonly value: unknown;
  readonly lines: LineCounter;
}

/** The parser's own words never leave here: they quote the text. */
function parse(text: string): Parsed | string {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
    const [error] = document.errors;
    if (error !== undefined) {
      return `the file is neither YAML nor JSON, see line ${String(lines.linePos(error.pos[0]).line)}`;
    }
    return { document, value: document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES }), lines };
  } catch {
    // Too many aliases, or nested deeper than the parser's stack.
    return 'the file uses too many aliases or is nested too deeply';
  }
}

function readRules(reader: Reader, value: unknown): readonly Rule[] {
  const top = reader.fields('file', value, ['version', 'rules']);
  if (top === undefined) return [];
  if (top.get('version') !== 1) reader.note('version', 'the version is not 1', 'Write `version: 1`.');
  if (!top.has('rules')) {
    reader.note('rules', 'there is no list of rules', 'Write `rules:`; an empty list refuses every pod.');
    return [];
  }
  const rules: Rule[] = [];
  for (const [index, entry] of (reader.list('rules', top.get('rules')) ?? []).entries()) {
    const rule = readRule(reader, `rules[${String(index)}]`, entry);
    if (rule !== undefined) rules.push({ index, ...rule });
  }
  return rules;
}

function readRule(reader: Reader, path: string, value: unknown): Omit<Rule, 'index'> | undefined {
  const fields = reader.fields(path, value, RULE_FIELDS);
  if (fields === undefined) return undefined;
  for (const required of ['namespaces', 'names']) {
    if (fields.has(required)) continue;
    reader.note(path, `the rule has no ${quoted(required)}`, 'Write it; "**" stands for all.');
  }
  const namespaces = readNamespaces(reader, `${path}.namespaces`, fields);
  const names = fields.has('names') ? reader.globs(`${path}.names`, fields.get('names'), 'name') : undefined;
  return {
    namespaces,
    names: names ?? [],
    ...optionalGlobs(reader, path, fields, { field: 'roles', kind: 'role' }),
    ...optionalGlobs(reader, path, fields, { field: 'deliveries', kind: 'delivery' }),
    ...optionalGlobs(reader, path, fields, { field: 'audiences', kind: 'audience' }),
  };
}

function optionalGlobs<Field extends 'roles' | 'deliveries' | 'audiences'>(
  reader: Reader,
  path: string,
  fields: ReadonlyMap<string, unknown>,
  wanted: { readonly field: Field; readonly kind: 'role' | 'delivery' | 'audience' },
): Pick<Rule, Field> | object {
  if (!fields.has(wanted.field)) return {};
  const globs = reader.globs(`${path}.${wanted.field}`, fields.get(wanted.field), wanted.kind);
  return { [wanted.field]: globs ?? [] };
}

function readNamespaces(
  reader: Reader,
  path: string,
  rule: ReadonlyMap<string, unknown>,
): Rule['namespaces'] {
  if (!rule.has('namespaces')) return {};
  const fields = reader.fields(path, rule.get('namespaces'), ['names', 'selector']);
  if (fields?.size === 0)
    reader.note(path, 'it selects by nothing', 'Write `names: ["*"]` for every namespace.');
  const names = fields?.has('names')
    ? reader.globs(`${path}.names`, fields.get('names'), 'namespace')
    : undefined;
  const selector = fields?.has('selector')
    ? readSelector(reader, `${path}.selector`, fields.get('selector'))
    : undefined;
  return { ...(names === undefined ? {} : { names }), ...(selector === undefined ? {} : { selector }) };
}

/** The line on which the last part of a path such as `rules[0].names[2]` that exists stands. */
function lineAt(document: Document, lines: LineCounter, path: string): number | undefined {
  let node: unknown = document.contents;
  for (const [, key, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    const next: unknown = isSeq(node) && index !== undefined ? node.items[Number(index)] : valueOf(node, key);
    if (next === undefined) break;
    node = next;
  }
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
}

function valueOf(node: unknown, key: string | undefined): unknown {
  return isMap(node) && key !== undefined ? node.get(key, true) : undefined;
}
