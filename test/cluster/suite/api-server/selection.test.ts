import t from 'tap';

import { startInstallation } from '../../support/installation.ts';
import { podOf } from '../../support/objects.ts';

const installation = await startInstallation();
t.teardown(() => installation.close());
const { api } = installation;

function reviews(): number {
  return installation.webhook.output().split('"msg":"admission"').length - 1;
}

t.test('pods that ask for nothing never reach the webhook', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const before = reviews();

  await api.create(`${namespace.core}/pods`, podOf({ name: 'plain', annotations: { 'example.com/a': 'b' } }));

  t.equal(reviews(), before);
});

for (const [what, pod] of [
  ['annotation', { annotations: { 'latchkey.dev/injection': 'disabled', 'latchkey.dev/env.A': 'ssm:/a' } }],
  [
    'label',
    {
      labels: { 'latchkey.dev/injection': 'disabled' },
      annotations: { 'latchkey.dev/env.A': 'ssm:/a' },
    },
  ],
] as const) {
  t.test(`an ${what} opts a pod out without a call`, async (t) => {
    const namespace = await installation.namespace();
    await namespace.account('app');
    const before = reviews();

    await api.create(`${namespace.core}/pods`, {
      ...podOf({ name: 'plain', annotations: {} }),
      metadata: { name: 'plain', ...pod },
    });

    t.equal(reviews(), before);
  });
}

t.test('a value in place reaches it without any annotation', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const env = [{ name: 'A', value: 'latchkey:smm:/a' }];

  const { body } = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'in-place', annotations: {}, spec: { containers: [{ name: 'app', image: 'app', env }] } }),
  );

  t.match(body.message, 'latchkey: ');
});

t.test('while the webhook is down nothing that asks starts, and everything else does', async (t) => {
  const second = await startInstallation();
  t.teardown(() => second.close());
  const namespace = await second.namespace();
  await namespace.account('app');
  await second.webhook.stop('SIGKILL');

  const asking = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'asking', annotations: { 'latchkey.dev/env.A': 'ssm:/a' } }),
  );
  const plain = await api.send('POST', `${namespace.core}/pods`, podOf({ name: 'plain', annotations: {} }));

  t.equal(asking.status, 500);
  t.match(asking.body.message, 'failed calling webhook');
  t.equal(plain.status, 201);
});
