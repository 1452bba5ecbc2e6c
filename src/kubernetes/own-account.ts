import { tokenClaims } from '../identity/token-claims.ts';
import { SecretValue } from '../secret-value.ts';
import type { Authorization } from './connection.ts';
import type { ServiceAccountName } from './kubernetes.ts';

/** A service account's user name: neither part can hold a colon. */
const USER = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The service account that these credentials are of, as its token says; undefined for those of anything else. */
export function ownAccount({ headers }: Pick<Authorization, 'headers'>): ServiceAccountName | undefined {
  const user = headers['impersonate-user'] ?? subjectOf(headers['authorization'] ?? '');
  const [, namespace, name] = USER.exec(user ?? '') ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function subjectOf(authorization: string): string | undefined {
  const [scheme, token = ''] = authorization.split(' ');
  return scheme === 'Bearer' ? tokenClaims(new SecretValue(token)).subject : undefined;
}
