import { nearest } from '../nearest.ts';
import { quoted } from '../quote.ts';
import { SCOPES } from '../sealed/scope.ts';
import { compileGlob, type Glob, MAX_PATTERN_LENGTH } from './glob.ts';

/** What a list of patterns is about; decides which patterns make sense. */
export type PatternKind = 'name' | 'role' | 'delivery' | 'audience' | 'namespace';

const DELIVERIES = ['secret', 'memory', 'plaintext'];
const STORES = ['ssm', 'secretsmanager', 'sealed'];

export type PatternRead = { readonly glob: Glob } | { readonly message: string };

/**
 * One pattern of the operator's file or of an annotation. A pattern that could never match what its author means is a
 * message instead: a typing error must not look like a narrow policy.
 */
export function readPattern(kind: PatternKind, text: string): PatternRead {
  if (text === '') return { message: 'a pattern is empty' };
  if (text.length > MAX_PATTERN_LENGTH) {
    return { message: `a pattern is longer than ${String(MAX_PATTERN_LENGTH)} characters` };
  }
  if (text === '*' && (kind === 'name' || kind === 'role')) {
    return {
      message: 'the pattern "*" matches nothing here, because it stops at ":" and "/"; "**" stands for all',
    };
  }
  if (/[\s\p{Cc}]/u.test(text)) return { message: `the pattern ${quoted(text)} contains white space` };
  switch (kind) {
    case 'name':
      return namePattern(text);
    case 'delivery':
      return wordPattern('delivery', text, DELIVERIES);
    case 'role':
      return rolePattern(text);
    default:
      return { glob: compileGlob(text) };
  }
}

function namePattern(text: string): PatternRead {
  const colon = text.indexOf(':');
  const store = colon === -1 ? text : text.slice(0, colon);
  if (store.includes('*') || store === 'arn') return { glob: compileGlob(text) };
  if (colon === -1 || !STORES.includes(store)) {
    const near = nearest(store, STORES);
    const hint = near === undefined ? '' : `; did you mean ${quoted(`${near}:`)}`;
    return { message: `the pattern ${quoted(text)} begins with no store and is no ARN${hint}` };
  }
  const name = text.slice(colon + 1);
  if (name.startsWith('./')) {
    return {
      message: `the pattern ${quoted(text)} is relative, but patterns are matched against whole names`,
    };
  }
  if (store === 'sealed') return sealedPattern(text, name);
  if (store === 'secretsmanager') return { glob: compileGlob(text) };
  if (/^\/?aws\/reference\/secretsmanager\//i.test(name)) {
    const secret = name.replace(/^\/?aws\/reference\/secretsmanager\//i, '');
    return {
      message: `the pattern ${quoted(text)} is about a secret and is written ${quoted(`secretsmanager:${secret}`)}`,
    };
  }
  // Parameter names are matched with their leading slash, which AWS lets people leave out.
  return { glob: compileGlob(name.startsWith('/') ? text : `ssm:/${name}`) };
}

/** Sealed values have no names; they are told apart by how far they were sealed. */
function sealedPattern(text: string, scope: string): PatternRead {
  if (scope.includes('*') || SCOPES.some((known) => known === scope)) return { glob: compileGlob(text) };
  return { message: `the pattern ${quoted(text)} names no scope; one of ${SCOPES.join(', ')}` };
}

function rolePattern(text: string): PatternRead {
  if (text.startsWith('arn:') || text.startsWith('*')) return { glob: compileGlob(text) };
  return { message: `the pattern ${quoted(text)} is no role ARN` };
}

function wordPattern(what: string, text: string, words: readonly string[]): PatternRead {
  if (text.includes('*') || words.includes(text)) return { glob: compileGlob(text) };
  const near = nearest(text, words);
  const hint = near === undefined ? `one of ${words.join(', ')}` : `did you mean ${quoted(near)}`;
  return { message: `${quoted(text)} is no ${what}; ${hint}` };
}
