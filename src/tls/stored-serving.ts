import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { SecretValue } from '../secret-value.ts';
import { namesOurAuthority } from './authority.ts';
import { hasSigned, keyPairOf, type Certificate, type KeyPair } from './certificates.ts';
import type { Leaf } from './rotation.ts';
import { isEmptyContent, textOf, type Content } from './stored-authorities.ts';

/** As in a Secret of type kubernetes.io/tls; `serve` is given both as files. */
const CERT = 'tls.crt';
const KEY = 'tls.key';

/**
 * Reads the TLS Secret; undefined when it is empty.
 * @throws LatchkeyError LK-CONFIG when it holds anything but a pair that an authority of ours signed: that is somebody's,
 * and stays
 */
export function readServing(content: Content, name: string): KeyPair | undefined {
  if (isEmptyContent(content)) return undefined;
  const pair = keyPairOf(textOf(content, CERT), textOf(content, KEY));
  if (pair === undefined) throw wrong(name, `has ${CERT} and ${KEY} that are no certificate and its key`);
  if (!namesOurAuthority(pair.x509)) throw wrong(name, 'holds a certificate that Latchkey did not make');
  return pair;
}

/** The content with this pair; keys that aren't ours stay. */
export function writeServing(
  content: Content,
  pair: { readonly cert: string; readonly key: string },
): Content {
  return new Map(content).set(CERT, new SecretValue(pair.cert)).set(KEY, new SecretValue(pair.key));
}

/** The serving certificate as the rotation sees it. */
export function leafOf(pair: KeyPair, known: readonly Certificate[], names: readonly string[]): Leaf {
  const { fingerprint, notBeforeMs, notAfterMs, x509 } = pair;
  return {
    fingerprint,
    notBeforeMs,
    notAfterMs,
    issuer: known.find((authority) => hasSigned(authority, pair))?.fingerprint,
    namesFit: names.every((name) => x509.checkHost(name) !== undefined),
  };
}

function wrong(name: string, what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-CONFIG',
    `Secret ${quoted(name)} ${what}`,
    'Empty it, and Latchkey fills it; or keep it and use --tls-mode=external.',
  );
}
