import { LatchkeyError } from '../errors.ts';
import {
  NAMESPACE_ANNOTATIONS,
  POD_ANNOTATION_FAMILIES,
  POD_ANNOTATIONS,
  PREFIX,
  SERVICE_ACCOUNT_ANNOTATIONS,
} from '../names.ts';
import { quoted } from '../quote.ts';
import { nearest } from '../nearest.ts';

/** An annotation that is known, by what stands behind the prefix. */
export type AnnotationName =
  | { readonly kind: 'plain'; readonly name: (typeof POD_ANNOTATIONS)[number] }
  | { readonly kind: 'env' | 'file'; readonly name: string };

/**
 * Whether an annotation's key is one of ours or can only be meant as one: Kubernetes takes prefixes in any case of letters,
 * and `Latchkey.dev/env.A` must not pass unseen.
 */
export function isOurAnnotation(key: string): boolean {
  return key.startsWith(PREFIX) || key.slice(0, PREFIX.length).toLowerCase() === PREFIX;
}

/** An annotation's name part has at most 63 characters, and begins and ends with a letter or digit. */
const LONGEST_NAME_PART = 63;

function nearestName(name: string): string | undefined {
  const dot = name.indexOf('.');
  const family = dot === -1 ? undefined : nearest(name.slice(0, dot + 1), POD_ANNOTATION_FAMILIES);
  return family === undefined ? nearest(name, POD_ANNOTATIONS) : family + name.slice(dot + 1);
}

function unknown(name: string): LatchkeyError {
  const elsewhere: readonly (readonly [readonly string[], string])[] = [
    [NAMESPACE_ANNOTATIONS, 'the namespace'],
    [SERVICE_ACCOUNT_ANNOTATIONS, 'the service account'],
  ];
  const owner = elsewhere.find(([names]) => names.includes(name))?.[1];
  if (owner !== undefined) {
    return new LatchkeyError('LK-UNKNOWN', `this annotation belongs to ${owner}`, `Move it to ${owner}.`);
  }
  const near = nearestName(name);
  const remedy = near === undefined ? 'Remove it.' : `Did you mean ${quoted(PREFIX + near)}?`;
  return new LatchkeyError(
    'LK-UNKNOWN',
    'this annotation is not known',
    `${remedy} docs/annotations.md lists them all.`,
  );
}

function checkLength(name: string, block: 'env' | 'files'): void {
  if (name.length <= LONGEST_NAME_PART && /[A-Za-z0-9]$/.test(name)) return;
  throw new LatchkeyError(
    'LK-NAME',
    'Kubernetes does not allow this annotation name',
    `An annotation's name has at most ${LONGEST_NAME_PART} characters and ends with a letter or digit: use the block form, ${PREFIX}${block}.`,
  );
}

/**
 * Reads an annotation's name without its prefix. Throws LK-UNKNOWN with the nearest known name, or where the annotation
 * belongs; LK-NAME where the API server would refuse the annotation.
 */
export function readAnnotationName(name: string): AnnotationName {
  if (name.startsWith('env.')) {
    checkLength(name, 'env');
    return { kind: 'env', name: name.slice('env.'.length) };
  }
  if (name.startsWith('file.')) {
    checkLength(name, 'files');
    return { kind: 'file', name: name.slice('file.'.length) };
  }
  const plain = POD_ANNOTATIONS.find((known) => known === name);
  if (plain === undefined) throw unknown(name);
  return { kind: 'plain', name: plain };
}
