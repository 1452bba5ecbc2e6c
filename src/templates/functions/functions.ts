import { BUILTINS } from './builtins.ts';
import { CERTIFICATES } from './certificates.ts';
import { CHOICES } from './choices.ts';
import { COMPARISONS } from './comparisons.ts';
import { DECIMALS } from './decimals.ts';
import { DICTS } from './dicts.ts';
import { ENCODINGS, ESO_ENCODINGS } from './encodings.ts';
import { ESCAPES } from './escapes.ts';
import { FLOW } from './flow.ts';
import { HTPASSWD } from './htpasswd.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { AES, KEYS } from './keys.ts';
import { LAYOUT } from './layout.ts';
import { LETTER_CASE } from './letter-case.ts';
import { LISTS } from './lists.ts';
import { MERGE } from './merge.ts';
import { NUMBERS } from './numbers.ts';
import { PATHS } from './paths.ts';
import { PATTERNS } from './patterns.ts';
import { PEM_FUNCTIONS } from './pem.ts';
import { REFLECTION } from './reflection.ts';
import { any, type GoFunction, takesMore } from './signature.ts';
import { SPLIT_JOIN } from './split-join.ts';
import { STRINGS } from './strings.ts';
import { URLS } from './urls.ts';
import { WORD_CASE } from './word-case.ts';
import { YAML_FUNCTIONS } from './yaml.ts';

/** Whose templates: ESO's engine v2 has functions of its own beside those of sprig, which sealed-secrets has alone. */
export type Dialect = 'external-secrets' | 'sealed-secrets';

/** The evaluator runs these two itself: they do not evaluate all of their arguments. */
const SHORT_CIRCUITS = {
  and: takesMore([any], any, () => undefined),
  or: takesMore([any], any, () => undefined),
};

const SPRIG: readonly (readonly [string, GoFunction])[] = [
  BUILTINS,
  SHORT_CIRCUITS,
  COMPARISONS,
  ESCAPES,
  STRINGS,
  LETTER_CASE,
  WORD_CASE,
  LAYOUT,
  SPLIT_JOIN,
  NUMBERS,
  DECIMALS,
  CHOICES,
  JSON_FUNCTIONS,
  LISTS,
  DICTS,
  MERGE,
  REFLECTION,
  PATHS,
  ENCODINGS,
  AES,
  PATTERNS,
  URLS,
  FLOW,
].flatMap((table) => Object.entries(table));

const ESO: readonly (readonly [string, GoFunction])[] = [
  ESO_ENCODINGS,
  YAML_FUNCTIONS,
  PEM_FUNCTIONS,
  CERTIFICATES,
  KEYS,
  HTPASSWD,
].flatMap((table) => Object.entries(table));

const OF_DIALECT: Readonly<Record<Dialect, ReadonlyMap<string, GoFunction>>> = {
  'external-secrets': new Map([...SPRIG, ...ESO]),
  'sealed-secrets': new Map(SPRIG),
};

/** The functions that a template may call, by their names. */
export function functionsOf(dialect: Dialect): ReadonlyMap<string, GoFunction> {
  return OF_DIALECT[dialect];
}
