// The chart's policies where Latchkey owns the sealing keys, tried with the real tokens of its users.

import t from 'tap';

import { base64, type Json } from '../../support/api.ts';
import { installPolicies } from '../../support/chart-policies.ts';

const policies = await installPolicies({
  values: { sealing: { ownKeys: { enabled: true } }, adoption: { enabled: true } },
});
t.teardown(() => policies.close());
const { api, serve, controller, own, core } = policies;

const LABELS = { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' };

/** A sealing key as the controller makes it, but for these fields. */
function key({ name = 'latchkey-sealing-key-0', labels = LABELS, metadata = {}, ...rest }: Json = {}): Json {
  return {
    metadata: { name, labels, ...metadata },
    type: 'kubernetes.io/tls',
    immutable: true,
    data: { 'tls.key': base64('x'), 'tls.crt': base64('y') },
    ...rest,
  };
}

const CREATES: readonly (readonly [what: string, passes: boolean, secret: Json, path?: string])[] = [
  ['a sealing key', true, key()],
  ['a sealing key without its label', false, key({ labels: {} })],
  [
    'a sealing key that is out of use',
    false,
    key({ labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'compromised' } }),
  ],
  ['a sealing key that can be changed', false, key({ immutable: false })],
  ['a sealing key under another name', false, key({ name: 'sealed-secrets-key' })],
  ['a sealing key of another type', false, key({ type: 'Opaque' })],
  [
    'a token in the shape of a sealing key',
    false,
    key({
      type: 'kubernetes.io/service-account-token',
      metadata: { annotations: { 'kubernetes.io/service-account.name': 'default' } },
    }),
  ],
  ['a sealing key in the namespace of somebody else', false, key(), core],
  ['a sealing key in kube-system', false, key(), '/api/v1/namespaces/kube-system'],
];

for (const [what, passes, secret, path = own] of CREATES) {
  t.test(`the controller may ${passes ? '' : 'not '}make ${what}`, async (t) => {
    const { status, body } = await controller.send('POST', `${path}/secrets?dryRun=All`, secret);

    t.equal(status, passes ? 201 : 403, body.message);
  });
}

t.test('the webhook may make none, wherever', async (t) => {
  for (const path of [own, core]) {
    const { status } = await serve.send('POST', `${path}/secrets?dryRun=All`, key());
    t.equal(status, 403);
  }
});

t.test('neither may change or delete one: what it sealed lies in Git', async (t) => {
  const name = 'latchkey-sealing-key-kept';
  await api.create(`${own}/secrets`, key({ name }));
  const label = { metadata: { labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'compromised' } } };

  for (const user of [serve, controller]) {
    const deleted = await user.send('DELETE', `${own}/secrets/${name}?dryRun=All`);
    const changed = await user.send('PATCH', `${own}/secrets/${name}?dryRun=All`, label);
    t.equal(deleted.status, 403, deleted.body.message);
    t.equal(changed.status, 403, changed.body.message);
  }
});
