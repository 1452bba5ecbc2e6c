import t from 'tap';

import { systemClock } from '../../src/clock.ts';
import { createCredentialCache } from '../../src/identity/credential-cache.ts';
import { createPodSessions } from '../../src/identity/pod-sessions.ts';
import { createSts } from '../../src/identity/sts.ts';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import type { Address } from '../../src/request/plan.ts';
import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';
import { createResolver } from '../../src/stores/resolver.ts';
import { createSecretsManagerStore } from '../../src/stores/secrets-manager.ts';
import { createSsmStore } from '../../src/stores/ssm.ts';
import { doubleSession } from '../support/aws-double-session.ts';
import { startAwsDouble } from '../support/aws-double.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';
import { text } from '../support/store-conformance.ts';

const region = 'eu-west-1';

async function world(t: Tap) {
  const double = await startAwsDouble();
  t.teardown(() => double.close());
  const parameters = Array.from({ length: 8 }, (_, i): Address => ({
    store: 'ssm',
    region,
    name: `/shop/${i}`,
  }));
  const secrets = Array.from({ length: 4 }, (_, i): Address => ({
    store: 'secretsmanager',
    region,
    name: `shop/${i}`,
  }));
  for (const { name } of parameters) double.ssm.put(name, `old ${name}`);
  for (const { name } of secrets) double.secrets.put(name, `old ${name}`);
  const clients = createAwsClients(createAwsNetwork({ endpoint: double.url }));
  const resolver = createResolver({
    stores: {
      ssm: createSsmStore({ connect: clients.ssm, clock: systemClock, advise: () => {} }),
      secretsmanager: createSecretsManagerStore({ connect: clients.secretsManager }),
    },
    clock: systemClock,
    cacheTtlMs: 30_000,
  });
  return { double, resolver, addresses: [...parameters, ...secrets] };
}

type Tap = Pick<typeof t, 'teardown'>;

t.test('a thousand pods of one revision take one GetParameters and four GetSecretValue', async (t) => {
  const { double, resolver, addresses } = await world(t);
  const arrived = systemClock.now();
  const pod = async (): Promise<readonly string[]> => {
    const signal = AbortSignal.timeout(30_000);
    const answers = await resolver.resolve(addresses, doubleSession(double), { freshAfter: arrived, signal });
    return addresses.map((address) => text(answers.one(address)));
  };

  const pods = await Promise.all(Array.from({ length: 1000 }, pod));

  t.ok(pods.every((texts) => texts.every((text, i) => text === `old ${addresses[i]?.name}`)));
  t.same(
    [double.count('ssm:GetParameters'), double.count('secretsmanager:GetSecretValue'), double.count()],
    [1, 4, 5],
  );
});

t.test('a parameter that was put before a new revision came is what the revision gets', async (t) => {
  const { double, resolver, addresses } = await world(t);
  const session = doubleSession(double);
  const signal = AbortSignal.timeout(30_000);
  const read = async (): Promise<readonly string[]> => {
    const answers = await resolver.resolve(addresses, session, { freshAfter: systemClock.now(), signal });
    return addresses.map((address) => text(answers.one(address)));
  };
  await read();

  for (const { store, name } of addresses) {
    if (store === 'ssm') double.ssm.put(name, `new ${name}`);
    else double.secrets.put(name, `new ${name}`);
  }

  t.same(
    await read(),
    addresses.map(({ name }) => `new ${name}`),
  );
});

t.test(
  "B with A's role in its annotation asks STS with its own token, is refused, and gets nothing A has",
  async (t) => {
    const cluster = await startKubernetesDouble();
    t.teardown(() => cluster.close());
    const { double, resolver, addresses } = await world(t);
    const roleArn = 'arn:aws:iam::111122223333:role/a';
    double.setOidc(cluster.oidc);
    double.role(roleArn, { trust: [{ subject: 'system:serviceaccount:shop:a' }] });
    const sessions = createPodSessions({
      kubernetes: createKubernetes({ kubeconfig: cluster.kubeconfig }),
      sts: createSts(createAwsNetwork({ endpoint: double.url })),
      cache: createCredentialCache({ clock: systemClock }),
      tokenAudiences: ['sts.amazonaws.com'],
    });
    const ask = async (name: string): Promise<ReadonlySet<string>> => {
      const account = { uid: `uid-${name}`, annotations: { 'eks.amazonaws.com/role-arn': roleArn } };
      cluster.addServiceAccount('shop', name, account);
      const session = sessions.forServiceAccount({
        namespace: 'shop',
        serviceAccount: { name, namespace: 'shop', labels: {}, ...account },
      });
      const answers = await resolver.resolve(addresses, session, {
        freshAfter: 0,
        signal: AbortSignal.timeout(30_000),
      });
      return new Set(addresses.map((address) => text(answers.one(address)).slice(0, 8)));
    };

    t.same(await ask('a'), new Set(['old /sho', 'old shop']));
    double.forgetCalls();
    t.same(await ask('b'), new Set(['LK-TRUST']));
    t.same(new Set(double.calls.map(({ action }) => action)), new Set(['sts:AssumeRoleWithWebIdentity']));
  },
);
