import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../src/clock.ts';
import { createControllerSessions } from '../../src/identity/controller-sessions.ts';
import { createCredentialCache } from '../../src/identity/credential-cache.ts';
import { createSts } from '../../src/identity/sts.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';
import { startAwsDouble } from '../support/aws-double.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';

const OWN = 'arn:aws:iam::111122223333:role/latchkey';
const SHOP = 'arn:aws:iam::111122223333:role/shop-secrets';

const cluster = await startKubernetesDouble();
const aws = await startAwsDouble({ oidc: cluster.oidc });
t.teardown(() => Promise.all([cluster.close(), aws.close()]));
aws.role(OWN, { trust: [{ subject: 'system:serviceaccount:latchkey:latchkey' }] });
aws.role(SHOP, { trust: [{ roleArn: OWN, externalId: 'latchkey/shop' }] });

const signal = new AbortController().signal;
const tokenFile = join(t.testdir({}), 'token');
const { token } = cluster.tokens.issue({
  namespace: 'latchkey',
  serviceAccount: 'latchkey',
  uid: 'uid-latchkey',
  audience: 'sts.amazonaws.com',
  expirationSeconds: 600,
});
await writeFile(tokenFile, token);

function newSessions(
  webIdentity: { roleArn: string; tokenFile: string } | undefined = { roleArn: OWN, tokenFile },
) {
  return createControllerSessions({
    sts: createSts(createAwsNetwork({ endpoint: aws.url, attempts: 1 })),
    cache: createCredentialCache({ clock: systemClock }),
    cluster: 'prod',
    ...(webIdentity === undefined ? {} : { webIdentity }),
  });
}

function pod(namespace: string) {
  return { namespace, serviceAccount: { name: 'app', uid: `uid-${namespace}`, labels: {}, annotations: {} } };
}

t.beforeEach(() => aws.forgetCalls());

t.test("the webhook's own role reads, under a name that says for whom", async (t) => {
  const session = newSessions().forServiceAccount(pod('shop'));

  await session.credentials('eu-west-1', signal);

  t.match(session.identity, {
    kind: 'controller',
    namespace: 'shop',
    serviceAccount: 'app',
    roleChain: [OWN],
  });
  t.match(aws.calls, [
    { action: 'sts:AssumeRoleWithWebIdentity', names: [OWN], sts: { sessionName: 'prod,shop,app' } },
  ]);
});

t.test('a role is assumed with the external id of the namespace', async (t) => {
  await newSessions()
    .forServiceAccount({ ...pod('shop'), assumeRoleArn: SHOP })
    .credentials('eu-west-1', signal);

  t.match(aws.calls.at(-1), {
    action: 'sts:AssumeRole',
    names: [SHOP],
    sts: { externalId: 'latchkey/shop' },
  });
});

t.test("another namespace gets nothing from that role, nor by naming the other's external id", async (t) => {
  const sessions = newSessions();
  await sessions.forServiceAccount({ ...pod('shop'), assumeRoleArn: SHOP }).credentials('eu-west-1', signal);

  const other = sessions.forServiceAccount({ ...pod('other'), assumeRoleArn: SHOP });
  await t.rejects(other.credentials('eu-west-1', signal), {
    code: 'LK-TRUST',
    message: /with external id "latchkey\/other"/,
  });
  t.throws(
    () => sessions.forServiceAccount({ ...pod('other'), assumeRoleArn: SHOP, externalId: 'latchkey/shop' }),
    {
      code: 'LK-POLICY',
      message: 'external id "latchkey/shop" belongs to another namespace',
    },
  );
});

t.test('an external id of another scheme is passed on', async (t) => {
  const session = newSessions().forServiceAccount({
    ...pod('shop'),
    assumeRoleArn: SHOP,
    externalId: 'vendor-1',
  });

  await t.rejects(session.credentials('eu-west-1', signal), { code: 'LK-TRUST' });
  t.match(aws.calls.at(-1), { sts: { externalId: 'vendor-1' } });
});

t.test('a webhook without credentials says what it needs', async (t) => {
  const sessions = createControllerSessions({
    sts: createSts(createAwsNetwork({ endpoint: aws.url })),
    cache: createCredentialCache({ clock: systemClock }),
  });

  t.throws(() => sessions.forServiceAccount(pod('shop')), {
    code: 'LK-NO-CREDENTIALS',
    message: /--identity=controller/,
  });
});
