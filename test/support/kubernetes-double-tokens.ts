import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';

export interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly uid: string;
  readonly audience: string;
  readonly expirationSeconds: number;
}

export interface TokenIssuer {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  /** A signed RS256 token, as the API server makes it for a service account (bound to nothing). */
  issue(claims: TokenClaims): { readonly token: string; readonly expirationTimestamp: string };
}

/** A cluster's token signing key with the public half as JWKS. */
export function createTokenIssuer(issuer: string): TokenIssuer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  const header = encode({ alg: 'RS256', kid, typ: 'JWT' });

  return {
    issuer,
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
    issue: ({ namespace, serviceAccount, uid, audience, expirationSeconds }) => {
      const now = Math.floor(Date.now() / 1000);
      const exp = now + expirationSeconds;
      const claims = {
        aud: [audience],
        exp,
        iat: now,
        iss: issuer,
        jti: randomUUID(),
        'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid } },
        nbf: now,
        sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
      };
      const signed = `${header}.${encode(claims)}`;
      const signature = createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url');
      return { token: `${signed}.${signature}`, expirationTimestamp: new Date(exp * 1000).toISOString() };
    },
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
