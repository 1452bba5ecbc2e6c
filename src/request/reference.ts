import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { didYouMean } from '../nearest.ts';
import type { StoreName } from './plan.ts';
import { readOptions } from './reference-options.ts';
import type { Options, Use } from './reference-options.ts';
import { readSubject } from './reference-subject.ts';
import type { Subject } from './reference-subject.ts';

/** A reference as written: nothing from the namespace or the pod is settled yet. */
export interface Reference extends Subject, Options {
  /** Trimmed; for messages. */
  readonly text: string;
  /** Of the option, or of the ARN. */
  readonly region?: string;
  /** What follows the first `#`, as written. */
  readonly property?: string;
}

/** Everything that may stand before the colon of a reference. */
export const STORES = ['ssm', 'secretsmanager', 'sealed', 'arn'] as const;

export const LONGEST_REFERENCE = 4096;
/** A sealed value is as long as what it holds and a half: this is room for a chain of certificates. */
export const LONGEST_SEALED = 65_536;

const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/u;

function split(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Throws for text that no reference can be, whatever its store. */
function checkText(text: string): void {
  const longest = text.startsWith('sealed:') ? LONGEST_SEALED : LONGEST_REFERENCE;
  if (text.length > longest) {
    throw new LatchkeyError(
      'LK-LIMIT',
      `the reference has ${text.length} characters`,
      longest === LONGEST_SEALED
        ? `A sealed value has at most ${longest} here; a larger one belongs to a SealedSecret.`
        : `A reference has at most ${longest}.`,
    );
  }
  if (UNPRINTABLE.test(text) || !text.isWellFormed()) {
    throw new LatchkeyError(
      'LK-SYNTAX',
      'the reference holds a line break or another control character',
      'Write one reference on one line; in an option, percent-encode such characters (%0A).',
    );
  }
}

function storeOf(subject: string): StoreName | 'arn' {
  const [store, name] = split(subject, ':');
  if (name === undefined) {
    throw new LatchkeyError(
      'LK-SYNTAX',
      'no store is named',
      'A reference reads STORE:NAME, such as ssm:/prod/db/password or secretsmanager:prod/db#password.',
    );
  }
  const known = STORES.find((name) => name === store);
  if (known !== undefined) return known;
  if (store === 'latchkey') {
    throw new LatchkeyError(
      'LK-SYNTAX',
      'the prefix latchkey: belongs to values in place',
      'Leave it out here: in an annotation the reference stands alone.',
    );
  }
  throw new LatchkeyError(
    'LK-UNKNOWN',
    `store ${quoted(store)} is not known`,
    `Stores are ssm, secretsmanager and sealed, or an ARN.${didYouMean(store, STORES)}`,
  );
}

function checkProperty(property: string | undefined): void {
  if (property !== '') return;
  throw new LatchkeyError(
    'LK-SYNTAX',
    'nothing follows the #',
    'Name the JSON key behind the #, or leave the # out for the whole value.',
  );
}

function checkTogether(subject: Subject, options: Options, property: string | undefined): void {
  if (subject.below !== undefined && property !== undefined) {
    throw new LatchkeyError(
      'LK-SYNTAX',
      'a path has no property',
      'Leave out what follows the #: each parameter below the path is one member.',
    );
  }
  if (subject.region !== undefined && options.region !== undefined && options.region !== subject.region) {
    throw new LatchkeyError(
      'LK-REGION',
      `the ARN says ${subject.region}, but the option says ${quoted(options.region)}`,
      'Leave out the option region: an ARN has its own.',
    );
  }
}

/**
 * Reads `store:name?options#property` or an ARN in the place of `store:name`. White space around it does not count.
 * `use` says which options make sense. Throws LatchkeyError only: LK-SYNTAX, LK-UNKNOWN, LK-LIMIT, LK-REGION, LK-MODE,
 * LK-SEALED.
 *
 * @example parseReference('ssm:/prod/db/password:3?region=eu-west-1')
 */
export function parseReference(text: string, use: Use = 'value'): Reference {
  const trimmed = text.trim();
  checkText(trimmed);
  const [head, property] = split(trimmed, '#');
  const [subjectText, query] = split(head, '?');
  const store = storeOf(subjectText);
  checkProperty(property);
  const subject = readSubject(subjectText, store, use);
  const options = readOptions(query, subject, use);
  checkTogether(subject, options, property);
  return { text: trimmed, ...subject, ...options, ...(property !== undefined && { property }) };
}

function encodeOption(text: string): string {
  return encodeURIComponent(text).replaceAll('(', '%28').replaceAll(')', '%29');
}

function optionTexts(reference: Reference): readonly string[] {
  const { version, stage, optional, decode, encode, mode, prefix, keys } = reference;
  const region = reference.arn === undefined ? reference.region : undefined;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['version', version],
    ['stage', stage],
    ['region', region],
    ['optional', optional === true ? 'true' : undefined],
    ['default', reference.default],
    ['decode', decode],
    ['encode', encode],
    ['mode', mode?.toString(8).padStart(4, '0')],
    ['prefix', prefix],
    ['case', reference.case],
  ];
  const texts = pairs.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeOption(value)}`],
  );
  return keys === undefined ? texts : [...texts, `keys=${keys.map(encodeOption).join(',')}`];
}

/** A reference in its one canonical spelling; {@link parseReference} reads the same reference from it. */
export function formatReference(reference: Reference): string {
  const { store, arn, relative, name, below, selector, property } = reference;
  const path =
    below === undefined
      ? ''
      : `${name.endsWith('/') || name === '' ? '' : '/'}${below === 'one-level' ? '*' : '**'}`;
  const subject = `${arn === undefined ? `${store}:` : ''}${relative ? './' : ''}${name}${path}`;
  const options = optionTexts(reference);
  return [
    subject,
    selector === undefined ? '' : `:${selector}`,
    options.length === 0 ? '' : `?${options.join('&')}`,
    property === undefined ? '' : `#${property}`,
  ].join('');
}
