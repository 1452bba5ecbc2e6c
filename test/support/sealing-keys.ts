// Throw-away sealing keys. Making RSA keys is slow, so that many of them share a few primes: no key like that is any good.

import { createPrivateKey, generatePrimeSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { issueSealingCertificate } from '../../src/sealed/issue-certificate.ts';
import { KEY_LABEL } from '../../src/sealed/key-secret.ts';
import { readSealingKey, type SealingKey } from '../../src/sealed/sealing-key.ts';

export interface FixtureKey {
  readonly bits: number;
  readonly privateKey: string;
  readonly certificate: string;
}

/** The keys of 2048, 3072 and 4096 bits that test/fixtures/sealed is sealed with. */
export function fixtureKeys(): readonly FixtureKey[] {
  const text = readFileSync(new URL('../fixtures/sealed/keys.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly keys: readonly FixtureKey[] }).keys;
}

/** `count` different RSA keys of this size. */
export function privateKeys(count: number, bits = 2048): readonly KeyObject[] {
  const primes: bigint[] = [];
  const keys: KeyObject[] = [];
  while (keys.length < count) {
    const p = primeOf(bits / 2);
    keys.push(...primes.filter((q) => q !== p).map((q) => rsaKey(p, q)));
    primes.push(p);
  }
  return keys.slice(0, count);
}

export interface KeySecretOptions {
  readonly name?: string;
  readonly label?: string;
  /** Of the certificate; without it there is none. */
  readonly notBefore?: string;
  readonly created?: string;
  readonly form?: 'pkcs1' | 'pkcs8';
}

export interface KeySecret {
  readonly metadata: object;
  readonly data: { readonly 'tls.key': string; readonly 'tls.crt'?: string };
}

/** A Secret that holds the key, as the API server answers. */
export async function keySecret(key: KeyObject, options: KeySecretOptions = {}): Promise<KeySecret> {
  const { name = 'sealed-secrets-keyabcde', label = 'active', form = 'pkcs1' } = options;
  const notBeforeMs = Date.parse(options.notBefore ?? '');
  const certificate = Number.isNaN(notBeforeMs)
    ? {}
    : { 'tls.crt': base64(await issueSealingCertificate(key, { notBeforeMs, notAfterMs: FAR })) };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: 'kube-system',
      labels: { [KEY_LABEL]: label },
      creationTimestamp: options.created ?? '2026-01-01T00:00:00Z',
    },
    type: 'kubernetes.io/tls',
    data: { 'tls.key': base64(key.export({ type: form, format: 'pem' })), ...certificate },
  };
  return secret;
}

/** The key alone, without a certificate. */
export function sealingKey(key: KeyObject, { name = 'key', madeMs = 0 } = {}): SealingKey {
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' });
  const reading = readSealingKey({ name, privateKey, createdMs: madeMs });
  if ('broken' in reading) throw new Error(reading.broken);
  return reading.key;
}

const FAR = Date.parse('2036-01-01T00:00:00Z');

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function primeOf(bits: number): bigint {
  // With both upper bits set, the product of two has all its bits.
  for (;;) {
    const prime = generatePrimeSync(bits, { bigint: true });
    if (prime >> BigInt(bits - 2) === 3n && (prime - 1n) % 65_537n !== 0n) return prime;
  }
}

function rsaKey(p: bigint, q: bigint): KeyObject {
  const e = 65_537n;
  const d = inverse(e, (p - 1n) * (q - 1n));
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: base64url(p * q),
      e: base64url(e),
      d: base64url(d),
      p: base64url(p),
      q: base64url(q),
      dp: base64url(d % (p - 1n)),
      dq: base64url(d % (q - 1n)),
      qi: base64url(inverse(q, p)),
    },
  });
}

function inverse(a: bigint, modulus: bigint): bigint {
  let [r, next, t, following] = [modulus, a % modulus, 0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [t, following] = [following, t - quotient * following];
  }
  return t < 0n ? t + modulus : t;
}

function base64url(number: bigint): string {
  const hex = number.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
