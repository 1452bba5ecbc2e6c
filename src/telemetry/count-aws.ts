import type { Sts } from '../identity/sts.ts';
import type { AwsClients } from '../stores/aws-clients.ts';
import { errorName } from '../stores/aws-errors.ts';
import type { Metrics } from './metrics.ts';

/** Outcomes that have a label of their own; the names come from the network. */
const OUTCOMES: ReadonlySet<string> = new Set([
  'AbortError',
  'AccessDenied',
  'AccessDeniedException',
  'DecryptionFailure',
  'ExpiredTokenException',
  'InternalServerError',
  'InternalServiceError',
  'InvalidIdentityToken',
  'ParameterNotFound',
  'ParameterVersionNotFound',
  'ResourceNotFoundException',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
]);

type CallMetrics = Pick<Metrics, 'awsCall'>;

/** The same clients, with each call counted by service, action and outcome. */
export function countClients(clients: AwsClients, metrics: CallMetrics): AwsClients {
  return {
    async ssm(region, credentials) {
      const client = await clients.ssm(region, credentials);
      const counted = counter(metrics, 'ssm');
      return {
        getParameters: (...args) => counted('GetParameters', client.getParameters(...args)),
        getParameter: (...args) => counted('GetParameter', client.getParameter(...args)),
        getParametersByPath: (...args) => counted('GetParametersByPath', client.getParametersByPath(...args)),
        describeParameters: (...args) => counted('DescribeParameters', client.describeParameters(...args)),
        listTags: (...args) => counted('ListTagsForResource', client.listTags(...args)),
      };
    },
    async secretsManager(region, credentials) {
      const client = await clients.secretsManager(region, credentials);
      const counted = counter(metrics, 'secretsmanager');
      return {
        getSecretValue: (...args) => counted('GetSecretValue', client.getSecretValue(...args)),
        describeSecret: (...args) => counted('DescribeSecret', client.describeSecret(...args)),
        listSecrets: (...args) => counted('ListSecrets', client.listSecrets(...args)),
      };
    },
  };
}

/** The same STS, counted likewise. */
export function countSts(sts: Sts, metrics: CallMetrics): Sts {
  const counted = counter(metrics, 'sts');
  return {
    withWebIdentity: (...args) => counted('AssumeRoleWithWebIdentity', sts.withWebIdentity(...args)),
    assumeRole: (...args) => counted('AssumeRole', sts.assumeRole(...args)),
  };
}

function counter(metrics: CallMetrics, service: string) {
  return async <T>(action: string, call: Promise<T>): Promise<T> => {
    try {
      const answer = await call;
      metrics.awsCall({ service, action, outcome: 'ok' });
      return answer;
    } catch (error) {
      const name = errorName(error);
      metrics.awsCall({ service, action, outcome: OUTCOMES.has(name) ? name : 'other' });
      throw error;
    }
  };
}
