import t from 'tap';
import { systemClock } from '../../src/clock.ts';
import { LatchkeyError } from '../../src/errors.ts';
import { createCredentialCache } from '../../src/identity/credential-cache.ts';
import { createPodSessions, type SessionRequest, type Sessions } from '../../src/identity/pod-sessions.ts';
import { SESSION_POLICY } from '../../src/identity/session-policy.ts';
import { createSts } from '../../src/identity/sts.ts';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';
import { startAwsDouble } from '../support/aws-double.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';

const ROLE = 'arn:aws:iam::111122223333:role/shop/app';
const NEXT = 'arn:aws:iam::444455556666:role/secrets';
const SUBJECT = 'system:serviceaccount:shop:app';

const cluster = await startKubernetesDouble();
const aws = await startAwsDouble({ oidc: cluster.oidc });
t.teardown(() => Promise.all([cluster.close(), aws.close()]));
const kubernetes = createKubernetes({ kubeconfig: cluster.kubeconfig });
const sts = createSts(createAwsNetwork({ endpoint: aws.url, attempts: 1 }));
const signal = new AbortController().signal;

function newSessions(
  tokenAudiences: readonly string[] = ['sts.amazonaws.com'],
  cache = newCache(),
): Sessions {
  return createPodSessions({ kubernetes, sts, cache, tokenAudiences, cluster: 'prod' });
}

function newCache() {
  return createCredentialCache({ clock: systemClock, flightMs: 20_000 });
}

function account(
  name: string,
  annotations: Readonly<Record<string, string>>,
  uid = `uid-${name}`,
): SessionRequest {
  cluster.addServiceAccount('shop', name, { uid, annotations });
  return { namespace: 'shop', serviceAccount: { name, namespace: 'shop', uid, labels: {}, annotations } };
}

const app = (over: Readonly<Record<string, string>> = {}) =>
  account('app', { 'eks.amazonaws.com/role-arn': ROLE, ...over });

async function failureOf(work: () => Promise<unknown>): Promise<LatchkeyError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

t.beforeEach(() => {
  aws.setOidc(cluster.oidc);
  aws.role(ROLE, { trust: [{ subject: SUBJECT }] });
  aws.role(NEXT, { trust: [{ roleArn: ROLE, externalId: 'shop-id' }] });
  aws.forgetCalls();
  cluster.resetCalls();
  cluster.clearFaults();
});

t.test("a pod's session is opened with its own token, for 15 minutes, with policy and name", async (t) => {
  const session = newSessions().forServiceAccount(app());

  const credentials = await session.credentials('eu-west-1', signal);

  t.match(credentials, { accessKeyId: /^ASIA/, sessionToken: String, expiration: Date });
  t.same(session.identity, {
    kind: 'pod',
    namespace: 'shop',
    serviceAccount: 'app',
    serviceAccountUid: 'uid-app',
    audience: 'sts.amazonaws.com',
    roleChain: [ROLE],
  });
  t.match(aws.calls, [
    {
      action: 'sts:AssumeRoleWithWebIdentity',
      names: [ROLE],
      sts: { sessionName: 'prod,shop,app', seconds: 900, policy: SESSION_POLICY },
    },
  ]);
});

t.test('a thousand pods of one account at once cost one token and one call', async (t) => {
  const sessions = newSessions();
  const request = app();

  await Promise.all(
    Array.from({ length: 1000 }, () => sessions.forServiceAccount(request).credentials('eu-west-1', signal)),
  );

  t.equal(cluster.calls('serviceaccounts/app/token'), 1);
  t.equal(aws.count(), 1);
});

t.test("B with A's role is asked and refused by STS, whatever is cached for A", async (t) => {
  const sessions = newSessions();
  await sessions.forServiceAccount(app()).credentials('eu-west-1', signal);
  const thief = sessions.forServiceAccount(account('thief', { 'eks.amazonaws.com/role-arn': ROLE }));

  const error = await failureOf(() => thief.credentials('eu-west-1', signal));

  t.match(error, {
    code: 'LK-TRUST',
    message: /does not trust system:serviceaccount:shop:thief with audience "sts.amazonaws.com"/,
  });
  t.equal(aws.count('sts:AssumeRoleWithWebIdentity'), 2);
});

t.test('the refusal holds the very statement to add', async (t) => {
  aws.role(ROLE, { trust: [] });

  const error = await failureOf(() =>
    newSessions().forServiceAccount(app()).credentials('eu-west-1', signal),
  );

  const statement: unknown = JSON.parse(error.remedy.slice(error.remedy.indexOf('{'), -1));
  const provider = 'oidc.eks.ap-northeast-1.amazonaws.com/id/LATCHKEYDOUBLE';
  t.same(statement, {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${provider}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${provider}:sub`]: SUBJECT, [`${provider}:aud`]: 'sts.amazonaws.com' } },
  });
});

t.test('another uid, role or audience is another session', async (t) => {
  const sessions = newSessions(['sts.amazonaws.com', 'aws-cn']);
  const other = 'arn:aws:iam::111122223333:role/other';
  aws.setOidc({ ...cluster.oidc, audiences: ['sts.amazonaws.com', 'aws-cn'] });
  aws.role(ROLE, { trust: [{ subject: SUBJECT }, { subject: SUBJECT, audience: 'aws-cn' }] });
  aws.role(other, { trust: [{ subject: SUBJECT }] });
  const keyOf = async (request: SessionRequest) =>
    (await sessions.forServiceAccount(request).credentials('eu-west-1', signal)).accessKeyId;

  const first = await keyOf(app());
  const again = await keyOf(app());
  const recreated = await keyOf(account('app', { 'eks.amazonaws.com/role-arn': ROLE }, 'uid-2'));
  const otherRole = await keyOf(app({ 'eks.amazonaws.com/role-arn': other }));
  const otherAudience = await keyOf(app({ 'eks.amazonaws.com/audience': 'aws-cn' }));

  t.equal(again, first);
  t.equal(new Set([first, recreated, otherRole, otherAudience]).size, 4);
});

t.test('a chained role is assumed from the pod role with its external id', async (t) => {
  const request = { ...app(), assumeRoleArn: NEXT, externalId: 'shop-id' };
  const sessions = newSessions();
  const session = sessions.forServiceAccount(request);

  await session.credentials('eu-west-1', signal);
  await sessions.forServiceAccount(app()).credentials('eu-west-1', signal);

  t.match(session.identity, { roleChain: [ROLE, NEXT], externalId: 'shop-id' });
  t.match(aws.calls, [
    { action: 'sts:AssumeRoleWithWebIdentity', names: [ROLE] },
    {
      action: 'sts:AssumeRole',
      region: 'eu-west-1',
      roleArn: ROLE,
      names: [NEXT],
      sts: { externalId: 'shop-id', policy: SESSION_POLICY, sessionName: 'prod,shop,app', seconds: 900 },
    },
  ]);
  t.equal(aws.calls.length, 2, 'the first hop is shared');
});

t.test('a role of another account that does not trust is refused, with both sides named', async (t) => {
  const wrongId = newSessions().forServiceAccount({ ...app(), assumeRoleArn: NEXT, externalId: 'guess' });
  const noId = newSessions().forServiceAccount({ ...app(), assumeRoleArn: NEXT });

  t.match(await failureOf(() => wrongId.credentials('eu-west-1', signal)), {
    code: 'LK-TRUST',
    message: `role ${NEXT} cannot be assumed by role ${ROLE} with external id "guess"`,
    remedy: /sts:ExternalId, and allow sts:AssumeRole/,
  });
  t.match(await failureOf(() => noId.credentials('eu-west-1', signal)), {
    message: /without an external id$/,
  });
});

t.test('a chain whose first session expired is renewed once', async (t) => {
  const sessions = newSessions();
  await sessions.forServiceAccount(app()).credentials('eu-west-1', signal);
  aws.expireSessions();

  await sessions
    .forServiceAccount({ ...app(), assumeRoleArn: NEXT, externalId: 'shop-id' })
    .credentials('eu-west-1', signal);

  t.equal(aws.count('sts:AssumeRoleWithWebIdentity'), 2);
});

t.test('an account without a role is refused with both ways out', async (t) => {
  for (const annotations of [{}, { 'eks.amazonaws.com/role-arn': '' }]) {
    t.throws(() => newSessions().forServiceAccount(account('plain', annotations)), {
      code: 'LK-NO-ROLE',
      message: 'service account "plain" in namespace "shop" names no IAM role',
      remedy: /eks.amazonaws.com\/role-arn.*delivery: memory/,
    });
  }
});

t.test('an annotation that is no role ARN is refused before anybody is asked', async (t) => {
  for (const text of [
    'app',
    'arn:aws:iam::1:role/x',
    'arn:aws:s3:::bucket',
    'arn:aws:iam::111122223333:user/x',
    `${ROLE}\n`,
  ]) {
    t.throws(() => newSessions().forServiceAccount(app({ 'eks.amazonaws.com/role-arn': text })), {
      code: 'LK-SYNTAX',
      message: /^annotation eks.amazonaws.com\/role-arn of service account "app": /,
    });
  }
  t.throws(() => newSessions().forServiceAccount({ ...app(), assumeRoleArn: 'x' }), {
    code: 'LK-SYNTAX',
    message: /^assume-role-arn: /,
  });
  t.equal(cluster.requests.length + aws.calls.length, 0);
});

t.test('an audience that the operator does not list never gets a token', async (t) => {
  const request = app({ 'eks.amazonaws.com/audience': 'https://kubernetes.default.svc\u001b[0m' });

  t.throws(() => newSessions().forServiceAccount(request), {
    code: 'LK-POLICY',
    message: /\\u\{1b\}/,
    remedy: /--token-audiences/,
  });
  t.equal(cluster.requests.length, 0);
});

t.test('a role and a region of two partitions never meet', async (t) => {
  const china = 'arn:aws-cn:iam::111122223333:role/app';
  const sessions = newSessions();

  for (const [request, region] of [
    [app({ 'eks.amazonaws.com/role-arn': china }), 'eu-west-1'],
    [app(), 'cn-north-1'],
    [app(), 'us-gov-west-1'],
    [{ ...app(), assumeRoleArn: china }, 'eu-west-1'],
  ] as const) {
    const error = await failureOf(() => sessions.forServiceAccount(request).credentials(region, signal));
    t.match(error, { code: 'LK-REGION' });
  }
  t.match(await failureOf(() => sessions.forServiceAccount(app()).credentials('evil.example', signal)), {
    code: 'LK-REGION',
  });
  t.equal(cluster.requests.length + aws.calls.length, 0);
});

t.test('an account that is gone is said to be', async (t) => {
  const request = app();
  cluster.remove('ServiceAccount', 'shop', 'app');

  const error = await failureOf(() =>
    newSessions().forServiceAccount(request).credentials('eu-west-1', signal),
  );

  t.match(error, { code: 'LK-NO-SERVICE-ACCOUNT' });
});

t.test('without an OIDC provider, issuer and account are named', async (t) => {
  aws.setOidc(undefined);

  const error = await failureOf(() =>
    newSessions().forServiceAccount(app()).credentials('eu-west-1', signal),
  );

  t.match(error, {
    code: 'LK-NO-OIDC',
    message:
      'account 111122223333 has no OIDC provider for issuer oidc.eks.ap-northeast-1.amazonaws.com/id/LATCHKEYDOUBLE',
  });
});

t.test("a provider that does not list the audience, or another cluster's, is told apart", async (t) => {
  aws.setOidc({ ...cluster.oidc, audiences: ['else'] });
  t.match(await failureOf(() => newSessions().forServiceAccount(app()).credentials('eu-west-1', signal)), {
    code: 'LK-NO-OIDC',
    message: /does not list audience "sts.amazonaws.com"/,
  });

  const stranger = await startKubernetesDouble();
  t.teardown(() => stranger.close());
  aws.setOidc(stranger.oidc);
  t.match(await failureOf(() => newSessions().forServiceAccount(app()).credentials('eu-west-1', signal)), {
    code: 'LK-NO-OIDC',
    message: /STS does not accept tokens of issuer/,
  });
});

t.test('an expired token is replaced once', async (t) => {
  let asked = 0;
  const stale = createPodSessions({
    sts,
    cache: newCache(),
    tokenAudiences: ['sts.amazonaws.com'],
    kubernetes: {
      requestToken: async (namespace, serviceAccount, audience) => {
        asked += 1;
        const expirationSeconds = asked === 1 ? -60 : 600;
        const { token } = cluster.tokens.issue({
          namespace,
          serviceAccount,
          audience,
          uid: 'u',
          expirationSeconds,
        });
        return new SecretValue(token);
      },
    },
  });

  t.match(await stale.forServiceAccount(app()).credentials('eu-west-1', signal), { accessKeyId: /^ASIA/ });
  t.equal(asked, 2);
});

t.test('an API server that is away is not AWS being away', async (t) => {
  cluster.fault('token', { kind: 'answer', status: 500, body: {} });

  const error = await failureOf(() =>
    newSessions().forServiceAccount(app()).credentials('eu-west-1', signal),
  );

  t.match(error, { code: 'LK-KUBERNETES', indefinite: false });
});

t.test('what STS says is mapped by name, and its text is not shown', async (t) => {
  const CANARY = 'canary-c0ffee';
  const error = (code: string, status = 400) => ({ kind: 'error', code, status, message: CANARY }) as const;
  const cases = [
    [error('Throttling'), 'LK-THROTTLED'],
    [error('IDPCommunicationError'), 'LK-TIMEOUT'],
    [error('InternalFailure', 500), 'LK-AWS-AWAY'],
    [error('ServiceUnavailable', 503), 'LK-AWS-AWAY'],
    [{ kind: 'close' }, 'LK-AWS-AWAY'],
    [{ kind: 'close-mid-answer' }, 'LK-AWS-AWAY'],
    [{ kind: 'nonsense', text: CANARY }, 'LK-AWS-AWAY'],
    [error('RegionDisabledException', 403), 'LK-INVALID'],
    [error('PackedPolicyTooLarge'), 'LK-INVALID'],
    [error('ValidationError'), 'LK-INVALID'],
    [error('IDPRejectedClaim', 403), 'LK-NO-OIDC'],
    [error('AccessDenied', 403), 'LK-TRUST'],
    [error(`Evil${'x'.repeat(80)}`), 'LK-INVALID'],
  ] as const;
  for (const [fault, code] of cases) {
    const lift = aws.fault({ action: 'sts:*' }, fault);
    const failure = await failureOf(() =>
      newSessions().forServiceAccount(app()).credentials('eu-west-1', signal),
    );
    lift();
    t.equal(failure.code, code, JSON.stringify(fault));
    t.equal(failure.cause, undefined);
    t.match(failure.remedy, /\.$/);
    t.notMatch(`${failure.message} ${failure.remedy} ${failure.stack}`, CANARY);
  }
});

t.test('an STS that never answers is given up by the caller, and by the call', async (t) => {
  aws.fault({ action: 'sts:*', times: 2 }, { kind: 'hang' });
  const impatient = createPodSessions({
    kubernetes,
    sts: createSts(createAwsNetwork({ endpoint: aws.url, attempts: 1, attemptTimeoutMs: 50 })),
    cache: newCache(),
    tokenAudiences: ['sts.amazonaws.com'],
  });
  const leaving = new AbortController();

  const left = failureOf(() =>
    newSessions().forServiceAccount(app()).credentials('eu-west-1', leaving.signal),
  );
  leaving.abort();

  t.match(await left, { code: 'LK-TIMEOUT' });
  t.match(await failureOf(() => impatient.forServiceAccount(app()).credentials('eu-west-1', signal)), {
    code: 'LK-TIMEOUT',
  });
});

t.test('no token and no key is in what a failure prints', async (t) => {
  aws.role(ROLE, { trust: [] });
  const issued: string[] = [];
  const watching = createPodSessions({
    sts,
    cache: newCache(),
    tokenAudiences: ['sts.amazonaws.com'],
    kubernetes: {
      requestToken: async (...args) => {
        const token = await kubernetes.requestToken(...args);
        issued.push(Buffer.from(token.reveal()).toString());
        return token;
      },
    },
  });

  const error = await failureOf(() => watching.forServiceAccount(app()).credentials('eu-west-1', signal));

  const printed = `${error.message} ${error.remedy} ${error.stack} ${JSON.stringify(error)}`;
  for (const part of (issued[0] ?? '').split('.')) t.notOk(printed.includes(part));
  t.equal(issued.length, 1);
});
