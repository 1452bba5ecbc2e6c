import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { SecretValue } from '../secret-value.ts';
import { certificatesOf, keyPairOf, type Certificate, type KeyPair } from './certificates.ts';

/** What the CA Secret holds. */
export interface Authorities {
  readonly authority?: KeyPair;
  readonly next?: KeyPair;
  readonly previous: readonly Certificate[];
}

/** A Secret's content. */
export type Content = ReadonlyMap<string, SecretValue>;

const KEYS = {
  cert: 'ca.crt',
  key: 'ca.key',
  nextCert: 'next.crt',
  nextKey: 'next.key',
  previous: 'previous.crt',
} as const;

/** Whether a Secret is as the chart made it: nothing in it, or keys without a value. */
export function isEmptyContent(content: Content): boolean {
  return [...content.values()].every(({ size }) => size === 0);
}

/**
 * Reads the CA Secret. Only an empty one counts as empty: what cannot be read is never taken for a reason to make a new
 * authority, which would cut off what the old one signed.
 * @param name of the Secret, for the message
 * @throws LatchkeyError LK-CONFIG; it says which key is wrong, and nothing of what is in it
 */
export function readAuthorities(content: Content, name: string): Authorities {
  if (isEmptyContent(content)) return { previous: [] };
  const authority = pairIn(content, { cert: KEYS.cert, key: KEYS.key, name });
  if (authority === undefined) throw wrong(name, `holds something, but neither ${KEYS.cert} nor ${KEYS.key}`);
  const next = pairIn(content, { cert: KEYS.nextCert, key: KEYS.nextKey, name });
  const previous = certificatesOf(textOf(content, KEYS.previous));
  if (previous === undefined) throw wrong(name, `has a ${KEYS.previous} that cannot be decoded`);
  return { authority, ...(next === undefined ? {} : { next }), previous };
}

/** The content that says this; keys that aren't ours stay. */
export function writeAuthorities(content: Content, { authority, next, previous }: Authorities): Content {
  const written = new Map(content);
  for (const key of Object.values(KEYS)) written.delete(key);
  const put = (key: string, text: string | undefined): void => {
    if (text !== undefined && text !== '') written.set(key, new SecretValue(text));
  };
  put(KEYS.cert, authority?.pem);
  put(KEYS.key, authority?.key);
  put(KEYS.nextCert, next?.pem);
  put(KEYS.nextKey, next?.key);
  put(KEYS.previous, previous.map(({ pem }) => pem).join(''));
  return written;
}

/** The certificates alone, for those who only verify. */
export function trustedBundle(certificates: readonly Certificate[]): string {
  return certificates.map(({ pem }) => pem).join('');
}

function pairIn(
  content: Content,
  at: { readonly cert: string; readonly key: string; readonly name: string },
): KeyPair | undefined {
  const [cert, key] = [textOf(content, at.cert), textOf(content, at.key)];
  if (cert === '' && key === '') return undefined;
  const pair = keyPairOf(cert, key);
  if (pair === undefined)
    throw wrong(at.name, `has ${at.cert} and ${at.key} that are no certificate and its key`);
  if (!pair.x509.ca) throw wrong(at.name, `has a ${at.cert} that is no certificate authority`);
  return pair;
}

/** The text below a key of a Secret; '' where there is none. */
export function textOf(content: Content, key: string): string {
  return Buffer.from(content.get(key)?.reveal() ?? []).toString('utf8');
}

function wrong(name: string, what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-CONFIG',
    `Secret ${quoted(name)} ${what}`,
    'Put right what is in it, or empty it, and Latchkey makes a new authority.',
  );
}
