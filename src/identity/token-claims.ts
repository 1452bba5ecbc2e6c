import type { SecretValue } from '../secret-value.ts';

/** What a service account token says of itself: public facts that an IAM trust policy is written with. */
export interface TokenClaims {
  /** Without `https://`: IAM's name for the OIDC provider. */
  readonly issuer?: string;
  /** `system:serviceaccount:NAMESPACE:NAME` */
  readonly subject?: string;
  readonly audience?: string;
}

const ISSUER = /^https:\/\/([\w./:-]{1,200})$/;
const SUBJECT = /^system:serviceaccount:[a-z0-9.:-]{1,400}$/;
const AUDIENCE = /^[\x20-\x7e]{1,200}$/;

/** Reads a token for messages, without verifying it. What is no such token has no claims; other claims are not looked at. */
export function tokenClaims(token: SecretValue): TokenClaims {
  const { iss, sub, aud } = payloadOf(token);
  const [first]: readonly unknown[] = [aud].flat();
  const issuer = typeof iss === 'string' ? ISSUER.exec(iss)?.[1] : undefined;
  return {
    ...(issuer === undefined ? {} : { issuer }),
    ...(typeof sub === 'string' && SUBJECT.test(sub) ? { subject: sub } : {}),
    ...(typeof first === 'string' && AUDIENCE.test(first) ? { audience: first } : {}),
  };
}

function payloadOf(token: SecretValue): {
  readonly iss?: unknown;
  readonly sub?: unknown;
  readonly aud?: unknown;
} {
  const [, payload = ''] = Buffer.from(token.reveal()).toString('utf8').split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
