import t from 'tap';

import { eventually } from '../../support/eventually.ts';
import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import type { Json } from '../../support/api.ts';
import { deployment, podOf } from '../../support/objects.ts';

const installation = await startInstallation();
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-hunter2', { region: REGION });

async function events(core: string, kind: string): Promise<readonly Json[]> {
  const all = await api.list(`${core}/events`);
  return all.filter((event) => event.involvedObject.kind === kind);
}

t.test('what is wrong stands in the events of the ReplicaSet', async (t) => {
  const namespace = await installation.namespace();
  const arn = await namespace.account('app', { allow: [] });
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };

  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations }));

  await eventually(
    async () => (await events(namespace.core, 'ReplicaSet')).some(({ reason }) => reason === 'FailedCreate'),
    'an event of the ReplicaSet controller',
  );
  const all = await events(namespace.core, 'ReplicaSet');
  const failed = all.find(({ reason }) => reason === 'FailedCreate');
  t.match(failed.message, 'admission webhook "pods.latchkey.dev" denied the request: latchkey: env PASSWORD');
  t.match(failed.message, 'ssm:/shop/password');
  t.match(failed.message, arn);
  t.match(failed.message, '[LK-DENIED]');
  const conditions = (await api.get(`${namespace.apps}/deployments/shop`)).status.conditions;
  t.match(
    conditions.find((condition: Json) => condition.type === 'ReplicaFailure'),
    { reason: 'FailedCreate', message: /LK-DENIED/ },
  );
});

t.test('an event of our own stands beside it', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app', { allow: [] });
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };

  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations }));

  await eventually(
    async () =>
      (await api.list(`${namespace.core}/events`)).some(({ source }) => source.component === 'latchkey'),
    'an event of ours',
  );
  const own = (await api.list(`${namespace.core}/events`)).find(
    ({ source }) => source.component === 'latchkey',
  );
  t.match(own, { type: 'Warning', message: /LK-DENIED/, involvedObject: { namespace: namespace.name } });
});

t.test('kubectl users see every problem at once', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const annotations = {
    'latchkey.dev/env.PASSWORD': 'smm:/shop/password',
    'latchkey.dev/fiel.key': 'ssm:/shop/password',
  };

  const { status, body } = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'alone', annotations }),
  );

  t.equal(status, 403);
  t.match(body.message, /did you mean|nearest|ssm/);
  t.equal(body.details.causes.length, 2);
  t.strictSame(await api.list(`${namespace.core}/pods`), []);
});

t.test('a ResourceQuota without room for the Secret is named', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  await api.create(`${namespace.core}/resourcequotas`, {
    metadata: { name: 'small' },
    spec: { hard: { 'count/secrets': '0' } },
  });
  await eventually(
    async () =>
      (await api.get(`${namespace.core}/resourcequotas/small`)).status.used?.['count/secrets'] === '0',
    'the quota counted',
  );
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };

  const { body } = await api.send('POST', `${namespace.core}/pods`, podOf({ name: 'alone', annotations }));

  t.match(body.message, 'LK-QUOTA');
});

t.test('values of more than 1 MiB together are too large', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const annotations = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [
      `latchkey.dev/file.f${String(index)}`,
      `secretsmanager:large-${String(index)}`,
    ]),
  );
  for (let index = 0; index < 20; index += 1)
    aws.secrets.put(`large-${String(index)}`, 'x'.repeat(60_000), { region: REGION });

  const { body } = await api.send('POST', `${namespace.core}/pods`, podOf({ name: 'alone', annotations }));

  t.match(body.message, 'LK-TOO-LARGE');
});

t.test('a policy that refuses the Secret is told apart from missing rights', async (t) => {
  const namespace = await installation.namespace({ labels: { 'refuses-secrets': 'yes' } });
  await namespace.account('app');
  const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
  const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
  await api.create(policies, {
    metadata: { name: namespace.name },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] },
        ],
      },
      validations: [{ expression: 'false', message: 'no Secrets here' }],
    },
  });
  await api.create(bindings, {
    metadata: { name: namespace.name },
    spec: {
      policyName: namespace.name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { 'refuses-secrets': 'yes' } } },
    },
  });
  t.teardown(async () => {
    await api.remove(`${bindings}/${namespace.name}`);
    await api.remove(`${policies}/${namespace.name}`);
  });
  await eventually(async () => {
    const secret = { metadata: { name: 'probe' } };
    return (await api.send('POST', `${namespace.core}/secrets?dryRun=All`, secret)).status !== 201;
  }, 'the policy in force');
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };

  const { body } = await api.send('POST', `${namespace.core}/pods`, podOf({ name: 'alone', annotations }));

  t.match(body.message, 'another admission step');
});
