import { LatchkeyError } from '../errors.ts';

/**
 * Stands in the shipped program for `@aws-sdk/credential-provider-node`, the SDK's default chain, which ends at the node's
 * role. Every client of ours is given its credentials; with this there is no other place left to find any, and less to
 * load for `fetch`.
 */
export function defaultProvider(): () => Promise<never> {
  return () =>
    Promise.reject(new LatchkeyError('LK-NO-CREDENTIALS', 'there are no AWS credentials for this call'));
}
