import { quoted } from '../quote.ts';
import { didYouMean } from '../nearest.ts';
import { type MissingKey, newFrame, type Rendering } from './evaluate/frame.ts';
import { runBody } from './evaluate/run.ts';
import { functionsOf, type Dialect } from './functions/functions.ts';
import { REFUSED } from './functions/refused.ts';
import { Budget, DEFAULT_LIMITS, type Limits } from './limits.ts';
import type { Mention, Parsed } from './syntax/nodes.ts';
import { parse } from './syntax/parse.ts';
import { placeIn } from './syntax/place.ts';
import { SyntaxFault } from './syntax/syntax-fault.ts';
import { Fault, type Place, TemplateError, type TemplateFault } from './template-error.ts';
import { encodeUtf8 } from './values/utf8.ts';
import { Dict } from './values/value.ts';

/** The data of a template: text, or bytes, under each key. */
export type TemplateData = ReadonlyMap<string, string | Uint8Array>;

export interface RenderOptions {
  readonly limits?: Partial<Limits>;
  /** What a key that is missing is; ESO has `error`, sealed-secrets `default`. */
  readonly missingKey?: MissingKey;
  /** An action that has nothing to print writes `<no value>`, as Go does, or is an error. */
  readonly noValue?: 'print' | 'refuse';
}

export interface Template {
  /** The bytes that the template gives. Throws {@link TemplateError}, and nothing else. */
  render(data: TemplateData, options?: RenderOptions): Buffer;
}

export interface ParseOptions {
  /** What the template is called in messages, and what it can call itself by. */
  readonly name: string;
  /** Whose functions there are: those of ESO's engine v2, or those of sealed-secrets. */
  readonly dialect?: Dialect;
}

/** A function that is called and that we do not have. */
export interface Unsupported extends Place {
  readonly name: string;
  /** Why not, or what is nearest; lower case, without a full stop. */
  readonly reason: string;
}

/**
 * Reads a Go text/template. Throws {@link TemplateError}: for the first thing that cannot be read, or for all functions
 * at once that are not supported.
 *
 * @example parseTemplate('postgres://{{ .user }}:{{ .password | urlquery }}@db', { name: 'url' }).render(data)
 */
export function parseTemplate(text: string, { name, dialect = 'external-secrets' }: ParseOptions): Template {
  const parsed = read(text, name);
  const [first, ...more] = unsupported(text, parsed.mentions, dialect);
  if (first !== undefined) throw unsupportedError(name, [first, ...more]);
  return { render: (data, options) => render({ text, name, dialect, parsed }, data, options) };
}

/** The functions that a template calls and that we do not have, in the order of the text. Throws TemplateError. */
export function unsupportedIn(text: string, { name, dialect }: ParseOptions): readonly Unsupported[] {
  return unsupported(text, read(text, name).mentions, dialect ?? 'external-secrets');
}

function read(text: string, name: string): Parsed {
  try {
    return parse(text, name);
  } catch (error) {
    if (error instanceof SyntaxFault) throw failure(name, text, error.at, error);
    throw error;
  }
}

function failure(name: string, text: string, at: number, { message, remedy }: Fault): TemplateError {
  return new TemplateError({
    name,
    faults: [{ ...placeIn(text, at), message }],
    remedy: remedy ?? 'Correct the template, or its data.',
  });
}

function unsupported(text: string, mentions: readonly Mention[], dialect: Dialect): readonly Unsupported[] {
  const functions = functionsOf(dialect);
  return mentions
    .filter(({ name }) => !functions.has(name))
    .map(({ name, at }) => ({ name, ...placeIn(text, at), reason: reasonOf(name, [...functions.keys()]) }));
}

function reasonOf(name: string, known: readonly string[]): string {
  const refused = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
  if (refused !== undefined) return refused;
  const meant = didYouMean(name, known).trim();
  return meant === '' ? 'there is none of this name' : `there is none of this name. ${meant}`;
}

function unsupportedError(name: string, found: readonly [Unsupported, ...Unsupported[]]): TemplateError {
  const fault = ({ name: called, reason, ...place }: Unsupported): TemplateFault => ({
    ...place,
    message: `the function ${quoted(called, 40)} is not supported: ${reason}`,
  });
  const [first, ...more] = found;
  return new TemplateError({
    name,
    faults: [fault(first), ...more.map(fault)],
    remedy: 'docs/templates.md lists the functions that there are.',
  });
}

interface Source extends Required<ParseOptions> {
  readonly text: string;
  readonly parsed: Parsed;
}

function render(source: Source, data: TemplateData, options: RenderOptions = {}): Buffer {
  const { parsed, text, name, dialect } = source;
  const rendering: Rendering = {
    templates: parsed.templates,
    functions: functionsOf(dialect),
    missingKey: options.missingKey ?? 'error',
    noValue: options.noValue ?? 'print',
    budget: new Budget({ ...DEFAULT_LIMITS, ...options.limits }),
    output: [],
    outputLength: 0,
    at: 0,
  };
  const dot = dataOf(data);
  try {
    runBody({ frame: newFrame(rendering, dot), dot }, parsed.main);
  } catch (error) {
    if (error instanceof Fault) throw failure(name, text, rendering.at, error);
    throw error;
  }
  return Buffer.from(rendering.output.join(''), 'latin1');
}

function dataOf(data: TemplateData): Dict {
  const entries = [...data].map(([key, value]) => [encodeUtf8(key), bytesOf(value)] as const);
  return new Dict(entries, 'string');
}

function bytesOf(value: string | Uint8Array): string {
  return typeof value === 'string' ? encodeUtf8(value) : Buffer.from(value).toString('latin1');
}
