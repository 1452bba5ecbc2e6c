import { type Document, LineCounter, parseAllDocuments, type ScalarTag, type YAMLError } from 'yaml';

import type { Problem } from '../errors.ts';
import { isBounded } from './bounded-json.ts';
import type { Finding } from './finding.ts';
import { nodeAt, type Path } from './node-path.ts';

/** One document of a file as plain JSON. */
export interface ManifestDocument {
  readonly file: string;
  /** Which of the file's documents it is, from 0; those that could not be read count. */
  readonly index: number;
  readonly value: unknown;
  /** The line of the innermost part of the path that is there. */
  lineOf(path: Path): number;
  /** The text of a scalar as it stands in the file, quotation marks included; undefined for everything else. */
  sourceOf(path: Path): string | undefined;
}

export interface Documents {
  readonly documents: readonly ManifestDocument[];
  readonly findings: readonly Finding[];
}

const MAX_FILE_LENGTH = 32 * 1024 * 1024;
// An alias that stands for more parts than this is a bomb; ordinary manifests reuse a handful of blocks.
const MAX_ALIASES = 1000;

/** `0400` is a number of base 8 for kubectl, which reads YAML 1.1. */
const OCTAL: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Math.sign(Number(text)) * Number.parseInt(text.replace(/^[-+]/, ''), 8),
};

/**
 * Reads a file of YAML documents, or of JSON, which is YAML too. A document that cannot be read is a finding with its line;
 * those beside it are read. The parser's own words never leave here: they quote the text.
 */
export function readDocuments(text: string, file: string): Documents {
  if (text.length > MAX_FILE_LENGTH)
    return { documents: [], findings: [broken(file, 1, 'the file is larger than 32 MiB')] };
  const lines = new LineCounter();
  let parsed: readonly Document.Parsed[];
  try {
    const all = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      merge: true,
      customTags: (tags) => [OCTAL, ...tags],
      logLevel: 'silent',
    });
    parsed = 'empty' in all ? [] : all;
  } catch {
    // The parser's stack ends before a nesting of thousands does.
    return { documents: [], findings: [broken(file, 1, 'the file is nested too deeply')] };
  }
  const documents: ManifestDocument[] = [];
  const findings: Finding[] = [];
  for (const [index, document] of parsed.entries()) {
    const read = readDocument(document, { text, file, index, lines });
    if ('problem' in read) findings.push(read);
    else if (read.value !== null && read.value !== undefined) documents.push(read);
  }
  return { documents, findings };
}

interface Source {
  readonly text: string;
  readonly file: string;
  readonly index: number;
  readonly lines: LineCounter;
}

function readDocument(
  document: Document.Parsed,
  { text, file, index, lines }: Source,
): ManifestDocument | Finding {
  const [error] = document.errors;
  if (error !== undefined)
    return broken(file, lines.linePos(error.pos[0]).line, `this is not valid YAML (${kindOf(error)})`);
  const first = lines.linePos(document.range[0]).line;
  const value = plainValue(document);
  if (value === UNBOUNDED)
    return broken(file, first, 'the document uses aliases in circles, or is too large or too deep');
  return {
    file,
    index,
    value,
    lineOf: (path) => {
      const range = nodeAt(document, path).key;
      return range === undefined ? first : lines.linePos(range).line;
    },
    sourceOf: (path) => {
      const range = nodeAt(document, path).value;
      return range === undefined ? undefined : text.slice(range[0], range[1]);
    },
  };
}

const UNBOUNDED = Symbol('unbounded');

function plainValue(document: Document.Parsed): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (!isBounded(value)) return UNBOUNDED;
    // As the API server sees it: no dates, no NaN, nothing that JSON does not have.
    const json = JSON.stringify(value) as string | undefined;
    return json === undefined ? null : (JSON.parse(json) as unknown);
  } catch {
    return UNBOUNDED;
  }
}

/** The library's code for the kind of error, such as `duplicate key`: a fixed word, no text of the file. */
function kindOf(error: YAMLError): string {
  return error.code.toLowerCase().replaceAll('_', ' ');
}

function broken(file: string, line: number, message: string): Finding {
  const problem: Problem = {
    code: 'LK-SYNTAX',
    place: 'manifest',
    field: '',
    message,
    remedy: 'Correct the file; nothing in this document was checked.',
  };
  return { file, line, severity: 'error', problem };
}
