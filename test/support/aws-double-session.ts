import type { Identity, Session } from '../../src/identity/identity.ts';
import type { AwsDouble } from './aws-double.ts';

/** An identity for tests; every field can be overridden. */
export function testIdentity(overrides: Partial<Identity> = {}): Identity {
  return {
    kind: 'pod',
    namespace: 'shop',
    serviceAccount: 'test-app',
    serviceAccountUid: '00000000-0000-4000-8000-000000000001',
    audience: 'sts.amazonaws.com',
    roleChain: ['arn:aws:iam::111122223333:role/test-app'],
    ...overrides,
  };
}

export interface DoubleSession extends Session {
  /** Regions that were forgotten, in order. */
  readonly forgotten: readonly string[];
}

/** A session that gets its role's credentials from the double without STS, once per region until forgotten. */
export function doubleSession(double: AwsDouble, overrides: Partial<Identity> = {}): DoubleSession {
  const identity = testIdentity(overrides);
  const kept = new Map<string, ReturnType<AwsDouble['credentials']>>();
  const forgotten: string[] = [];
  return {
    identity,
    forgotten,
    async credentials(region) {
      const credentials = kept.get(region) ?? double.credentials(identity.roleChain.at(-1) ?? '');
      kept.set(region, credentials);
      return credentials;
    },
    forget(region) {
      forgotten.push(region);
      kept.delete(region);
    },
  };
}
