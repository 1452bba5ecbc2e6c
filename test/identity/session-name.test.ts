import t from 'tap';
import * as fc from 'fast-check';
import { sessionName } from '../../src/identity/session-name.ts';
import { SESSION_POLICY } from '../../src/identity/session-policy.ts';

const STS = /^[\w+=,.@-]{2,64}$/;

t.test('a session name says cluster, namespace and service account', async (t) => {
  t.equal(
    sessionName({ cluster: 'prod', namespace: 'shop', serviceAccount: 'test-app' }),
    'prod,shop,test-app',
  );
  t.equal(sessionName({ namespace: 'shop', serviceAccount: 'test-app' }), 'shop,test-app');
});

t.test('a long one is cut evenly and keeps a hash', async (t) => {
  const parts = { cluster: 'c'.repeat(100), namespace: 'n'.repeat(63), serviceAccount: 's'.repeat(100) };

  t.match(sessionName(parts), /^c{17,18},n{17,18},s{17,18}-[0-9a-f]{8}$/);
  t.equal(sessionName(parts).length, 64);
  t.not(sessionName({ ...parts, serviceAccount: `${parts.serviceAccount}s` }), sessionName(parts));
});

t.test('every name is one that STS takes, and two identities never share one', async () => {
  const parts = fc.record({
    cluster: fc.option(fc.string({ maxLength: 120, unit: 'binary' }), { nil: undefined }),
    namespace: fc.string({ minLength: 1, maxLength: 70 }),
    serviceAccount: fc.string({ minLength: 1, maxLength: 260 }),
  });
  fc.assert(fc.property(parts, (one) => STS.test(sessionName(one))));
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      const tuple = (p: typeof one) => JSON.stringify([p.cluster ?? null, p.namespace, p.serviceAccount]);
      return tuple(one) === tuple(other) || sessionName(one) !== sessionName(other);
    }),
  );
});

t.test('the session policy allows finding, reading and chaining, nothing else', async (t) => {
  const policy = JSON.parse(SESSION_POLICY) as {
    Statement: { Effect: string; Action: string | string[]; Condition?: object }[];
  };

  t.same(policy.Statement.flatMap(({ Action }) => Action).sort(), [
    'kms:Decrypt',
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
    'secretsmanager:ListSecrets',
    'ssm:DescribeParameters',
    'ssm:GetParameter',
    'ssm:GetParameters',
    'ssm:GetParametersByPath',
    'ssm:ListTagsForResource',
    'sts:AssumeRole',
    'sts:TagSession',
  ]);
  t.ok(policy.Statement.every(({ Effect }) => Effect === 'Allow'));
  t.same(policy.Statement.find(({ Action }) => Action === 'kms:Decrypt')?.Condition, {
    StringLike: { 'kms:ViaService': ['secretsmanager.*', 'ssm.*'] },
  });
  t.ok(SESSION_POLICY.length < 2048, 'the limit for plain text');
});
