// What stands between the `?` and the `#` of a reference.

import { LatchkeyError } from '../errors.ts';
import { printable, quoted } from '../quote.ts';
import { parseFileMode } from './file-mode.ts';
import { didYouMean } from '../nearest.ts';
import type { Decoding, Encoding } from './plan.ts';
import type { Subject } from './reference-subject.ts';
import { checkRegion } from './regions.ts';

/** Where a reference stands: for one variable (or in a template), as a whole file, or in `env-from` / `files-from`. */
export type Use = 'value' | 'file' | 'members';

export interface Options {
  /** Secrets Manager: a VersionId. */
  readonly version?: string;
  /** Secrets Manager: a staging label. */
  readonly stage?: string;
  readonly region?: string;
  readonly optional?: true;
  readonly default?: string;
  readonly decode?: Decoding;
  readonly encode?: Encoding;
  /** Files only: permission bits. */
  readonly mode?: number;
  /** `env-from` and `files-from` only. */
  readonly prefix?: string;
  readonly case?: 'upper';
  readonly keys?: readonly string[];
}

const OPTION_NAMES = [
  'version',
  'stage',
  'region',
  'optional',
  'default',
  'decode',
  'encode',
  'mode',
  'prefix',
  'case',
  'keys',
] as const satisfies readonly (keyof Options)[];
type OptionName = (typeof OPTION_NAMES)[number];

const ENCODINGS: readonly Encoding[] = ['base64', 'url', 'json'];

function syntax(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-SYNTAX', message, remedy);
}

function oneOf<Value extends string>(name: string, value: string, valid: readonly Value[]): Value {
  const found = valid.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new LatchkeyError(
    'LK-UNKNOWN',
    `${name}=${printable(value)} is not known`,
    `Valid is ${valid.map((each) => `${name}=${each}`).join(', ')}.${didYouMean(value, valid)}`,
  );
}

function readToken(name: string, value: string): string {
  if (/^[\x21-\x7e]{1,256}$/.test(value)) return value;
  throw syntax(`${name}= is empty or holds what no ${name} has`, `Write the ${name} as AWS shows it.`);
}

function readRegion(value: string): string {
  checkRegion(value);
  return value;
}

function decodeText(name: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw syntax(
      `option ${quoted(name)} is not percent-encoded`,
      'Write a percent sign as %25; UTF-8 bytes as %XX.',
    );
  }
}

/** Split before decoding, so that a key may hold a comma (`%2C`). */
function readKeys(raw: string): readonly string[] {
  const keys = raw.split(',').map((key) => decodeText('keys', key));
  if (keys.some((key) => key === '')) {
    throw syntax('keys= has an empty entry', 'Separate the keys by single commas: keys=user,password.');
  }
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) throw syntax(`keys= names ${quoted(twice)} twice`, 'Name each key once.');
  return keys;
}

function readOptional(value: string): true {
  oneOf('optional', value, ['true']);
  return true;
}

type Readers = { readonly [Name in OptionName]: (text: string, raw: string) => NonNullable<Options[Name]> };

const READERS: Readers = {
  version: (text) => readToken('version', text),
  stage: (text) => readToken('stage', text),
  region: readRegion,
  optional: readOptional,
  default: (text) => text,
  decode: (text) => oneOf('decode', text, ['base64']),
  encode: (text) => oneOf('encode', text, ENCODINGS),
  mode: parseFileMode,
  prefix: (text) => text,
  case: (text) => oneOf('case', text, ['upper']),
  keys: (_text, raw) => readKeys(raw),
};

const OF_AWS: readonly OptionName[] = ['version', 'stage', 'region'];
const MEMBERS_ONLY: readonly OptionName[] = ['prefix', 'case', 'keys'];

/** Why a store has no such option; `undefined` when it does. */
function ofOtherStore(
  name: OptionName,
  value: string,
  { store, name: subject }: Subject,
): LatchkeyError | undefined {
  if (store === 'sealed' && OF_AWS.includes(name)) {
    return syntax(
      `a sealed value has no option ${name}`,
      'Leave it out: the value stands in the reference itself.',
    );
  }
  if (store === 'ssm' && (name === 'version' || name === 'stage')) {
    const selector = value === '' ? (name === 'version' ? '3' : 'LABEL') : printable(value);
    return syntax(
      `a parameter has no option ${name}`,
      `Write it behind the name: ${printable(subject)}:${selector}.`,
    );
  }
  return undefined;
}

/** Why an option that exists makes no sense here; `undefined` when it does. */
function misplaced(name: OptionName, value: string, subject: Subject, use: Use): LatchkeyError | undefined {
  const ofOther = ofOtherStore(name, value, subject);
  if (ofOther !== undefined) return ofOther;
  if (MEMBERS_ONLY.includes(name) && use !== 'members') {
    return syntax(
      `option ${name} is for many values`,
      'It belongs to latchkey.dev/env-from and latchkey.dev/files-from.',
    );
  }
  if (name === 'default' && use === 'members') {
    return syntax(
      'many values have no default',
      'Give the one variable or file a default, or write optional=true.',
    );
  }
  if (name === 'mode' && use !== 'file') {
    return syntax(
      'option mode is for a file whose value is one plain reference',
      'For all files write latchkey.dev/file-mode.',
    );
  }
  return undefined;
}

function validNames(subject: Subject, use: Use): readonly OptionName[] {
  return OPTION_NAMES.filter((name) => misplaced(name, '', subject, use) === undefined);
}

function findName(text: string, subject: Subject, use: Use): OptionName {
  const found = OPTION_NAMES.find((name) => name === text);
  if (found !== undefined) return found;
  const valid = validNames(subject, use);
  throw new LatchkeyError(
    'LK-UNKNOWN',
    `option ${quoted(text)} is not known`,
    `Options here are ${valid.join(', ')}.${didYouMean(text, valid)}`,
  );
}

function checkTogether(options: Options): void {
  if (options.optional === true && options.default !== undefined) {
    throw syntax(
      'optional and default exclude each other',
      'With default the value is never left out: keep the one you mean.',
    );
  }
}

/** Reads `name=value&name=value`. Throws LK-SYNTAX, LK-UNKNOWN, LK-REGION or LK-MODE. */
export function readOptions(query: string | undefined, subject: Subject, use: Use): Options {
  if (query === undefined) return {};
  const read = new Map<OptionName, Options[OptionName]>();
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    const text = at === -1 ? pair : pair.slice(0, at);
    const name = findName(text, subject, use);
    if (at === -1) throw syntax(`option ${name} has no value`, `Write ${name}=VALUE.`);
    if (read.has(name)) throw syntax(`option ${name} stands twice`, 'Keep the one you mean.');
    const raw = pair.slice(at + 1);
    const value = decodeText(name, raw);
    const wrong = misplaced(name, value, subject, use);
    if (wrong !== undefined) throw wrong;
    read.set(name, READERS[name](value, raw));
  }
  // The names are those of READERS, so no name of a user becomes a key of this object.
  const options: Options = Object.fromEntries(read);
  checkTogether(options);
  return options;
}
