import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/clock.ts';
import type { LatchkeyError } from '../../src/errors.ts';
import {
  createContainerSession,
  type ContainerSessionOptions,
} from '../../src/identity/container-session.ts';
import { createSts } from '../../src/identity/sts.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';
import { startAwsDouble } from '../support/aws-double.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';
import { startHttpDouble } from '../support/http-double.ts';

const ROLE = 'arn:aws:iam::111122223333:role/app';
const NEXT = 'arn:aws:iam::111122223333:role/next';
const CANARY = 'canary-c0ffee';

const cluster = await startKubernetesDouble();
const aws = await startAwsDouble({ oidc: cluster.oidc });
const agent = await startHttpDouble({ status: 200, body: {} });
t.teardown(() => Promise.all([cluster.close(), aws.close(), agent.close()]));

const signal = new AbortController().signal;
const directory = t.testdir({ token: '' });
const tokenFile = join(directory, 'token');
const containerCredentials = { uri: `${agent.url}/v1/credentials`, tokenFile };
const webIdentity = { roleArn: ROLE, tokenFile };

function newSession(over: Partial<ContainerSessionOptions>) {
  return createContainerSession({
    namespace: 'shop',
    serviceAccount: 'app',
    sts: createSts(createAwsNetwork({ endpoint: aws.url, attempts: 1 })),
    clock: systemClock,
    ...over,
  });
}

async function failureOf(work: Promise<unknown>): Promise<LatchkeyError> {
  return await work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: LatchkeyError) => error,
  );
}

t.beforeEach(async () => {
  const { token } = cluster.tokens.issue({
    namespace: 'shop',
    serviceAccount: 'app',
    uid: 'uid-app',
    audience: 'sts.amazonaws.com',
    expirationSeconds: 600,
  });
  await writeFile(tokenFile, `${token}\n`);
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = aws.credentials(ROLE);
  agent.answer({
    status: 200,
    body: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      AccountId: '1',
      Expiration: expiration,
    },
  });
  aws.role(ROLE, { trust: [{ subject: 'system:serviceaccount:shop:app' }] });
  aws.role(NEXT, { trust: [{ roleArn: ROLE }] });
  aws.forgetCalls();
});

t.test('container credentials come first, with the token as it is', async (t) => {
  const before = agent.requests.length;

  const session = newSession({ containerCredentials, webIdentity });
  const credentials = await session.credentials('eu-west-1', signal);
  await session.credentials('eu-west-1', signal);

  t.match(credentials, { accessKeyId: /^ASIA/ });
  t.equal(agent.requests.length - before, 1);
  t.match(agent.requests.at(-1), {
    line: 'GET /v1/credentials',
    headers: { authorization: /^[\w-]+\.[\w-]+\.[\w-]+$/ },
  });
  t.equal(aws.count(), 0);
});

t.test('without an agent, the token file and role are used', async (t) => {
  const session = newSession({ webIdentity, cluster: 'prod' });

  await session.credentials('eu-west-1', signal);

  t.match(aws.calls, [
    { action: 'sts:AssumeRoleWithWebIdentity', names: [ROLE], sts: { sessionName: 'prod,shop,app' } },
  ]);
  t.same(session.identity.roleChain, [ROLE]);
});

t.test('a further role is assumed from either', async (t) => {
  await newSession({ containerCredentials, assumeRoleArn: NEXT }).credentials('eu-west-1', signal);
  await newSession({ webIdentity, assumeRoleArn: NEXT }).credentials('eu-west-1', signal);

  t.same(
    aws.calls.map(({ action }) => action),
    ['sts:AssumeRole', 'sts:AssumeRoleWithWebIdentity', 'sts:AssumeRole'],
  );
});

t.test('a pod with neither is told both ways out', async (t) => {
  t.throws(() => newSession({}), {
    code: 'LK-NO-CREDENTIALS',
    message: 'service account "app" in namespace "shop" has neither an IAM role nor an EKS Pod Identity',
    remedy: /eks.amazonaws.com\/role-arn.*EKS Pod Identity association/,
  });
});

t.test('without an association the role of the service account is used, where there is one', async (t) => {
  agent.answer({ status: 404, body: '[id]: (ResourceNotFoundException): no association, fault: client' });

  await newSession({ containerCredentials, webIdentity }).credentials('eu-west-1', signal);

  t.equal(aws.count('sts:AssumeRoleWithWebIdentity'), 1);
  t.match(await failureOf(newSession({ containerCredentials }).credentials('eu-west-1', signal)), {
    code: 'LK-NO-CREDENTIALS',
    message: /no Pod Identity association/,
  });
});

t.test('what the agent says is told apart, and its text is not shown', async (t) => {
  const cases = [
    [
      { status: 400, body: `[id]: (ResourceNotFoundException): ${CANARY}` },
      'LK-NO-CREDENTIALS',
      /no Pod Identity association/,
    ],
    [{ status: 403, body: `[id]: (AccessDeniedException): ${CANARY}` }, 'LK-TRUST', /does not trust EKS/],
    [
      { status: 400, body: `[id]: (ExpiredTokenException): ${CANARY}` },
      'LK-NO-CREDENTIALS',
      /\(400 ExpiredToken\)/,
    ],
    [{ status: 400, body: `(${CANARY.replace('-', '')})` }, 'LK-NO-CREDENTIALS', /\(400\)/],
    [{ status: 429, body: CANARY }, 'LK-THROTTLED', /throttles/],
    [{ status: 400, body: `[id]: (ThrottlingException): ${CANARY}` }, 'LK-THROTTLED', /throttles/],
    [{ status: 500, body: CANARY }, 'LK-AWS-AWAY', /cannot be reached/],
    [{ status: 200, body: CANARY }, 'LK-AWS-AWAY', /cannot be reached/],
    [{ status: 200, body: { AccessKeyId: CANARY } }, 'LK-AWS-AWAY', /cannot be reached/],
    [
      { status: 200, body: { AccessKeyId: 'a', SecretAccessKey: CANARY, Token: 't', Expiration: 'soon' } },
      'LK-AWS-AWAY',
      /./,
    ],
    [{ status: 200, body: 'x'.repeat(100_000) }, 'LK-AWS-AWAY', /./],
    [{ status: 200, body: CANARY, fault: 'close' }, 'LK-AWS-AWAY', /./],
    [{ status: 200, body: CANARY, fault: 'cut' }, 'LK-AWS-AWAY', /./],
  ] as const;
  for (const [answer, code, message] of cases) {
    agent.answer(answer);
    const error = await failureOf(newSession({ containerCredentials }).credentials('eu-west-1', signal));
    t.match(error, { code, message }, JSON.stringify(answer).slice(0, 80));
    t.equal(error.cause, undefined);
    t.notMatch(`${error.message} ${error.remedy} ${error.stack}`, CANARY);
  }
});

t.test('an agent that is throttled, away or silent is not replaced by another identity', async (t) => {
  agent.answer({ status: 503, body: '' });
  t.match(
    await failureOf(newSession({ containerCredentials, webIdentity }).credentials('eu-west-1', signal)),
    { code: 'LK-AWS-AWAY' },
  );

  agent.answer({ status: 200, body: '', fault: 'hang' });
  const leaving = new AbortController();
  const left = failureOf(
    newSession({ containerCredentials, webIdentity }).credentials('eu-west-1', leaving.signal),
  );
  leaving.abort();
  t.match(await left, { code: 'LK-TIMEOUT' });
  t.equal(aws.count(), 0);
});

t.test('the token is sent to no other host than the agents', async (t) => {
  const before = agent.requests.length;
  for (const uri of [
    'http://169.254.169.254/v1/credentials',
    'http://169.254.170.2/v1/credentials',
    'http://evil.example/v1/credentials',
    'http://127.0.0.1@evil.example/',
    'http://127.0.0.1.evil.example/',
    'http://user:pass@127.0.0.1/',
    'https://169.254.170.23/v1/credentials',
    'file:///etc/passwd',
    'nonsense',
    '',
  ]) {
    const error = await failureOf(
      newSession({ containerCredentials: { uri, tokenFile } }).credentials('eu-west-1', signal),
    );
    t.match(error, { code: 'LK-NO-CREDENTIALS', message: /names no EKS Pod Identity agent/ }, uri);
  }
  t.equal(agent.requests.length, before);
});

t.test('a token file that is not there, or is none, is said to be', async (t) => {
  const missing = { ...containerCredentials, tokenFile: join(directory, 'nothing') };
  t.match(await failureOf(newSession({ containerCredentials: missing }).credentials('eu-west-1', signal)), {
    code: 'LK-NO-CREDENTIALS',
    message: /AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE/,
  });
  await writeFile(tokenFile, `a\r\nx-injected: ${CANARY}`);
  const error = await failureOf(newSession({ containerCredentials }).credentials('eu-west-1', signal));
  t.match(error, { code: 'LK-NO-CREDENTIALS' });
  t.notMatch(error.message, CANARY);

  const noFile = { roleArn: ROLE, tokenFile: join(directory, 'nothing') };
  t.match(await failureOf(newSession({ webIdentity: noFile }).credentials('eu-west-1', signal)), {
    code: 'LK-NO-CREDENTIALS',
  });
});
