// The chart's policies on Latchkey's own users where definitions are carried out, tried with their real tokens.

import t from 'tap';

import type { Json } from '../../support/api.ts';
import { BY_POLICY, installPolicies, JSON_PATCH, secret } from '../../support/chart-policies.ts';
import { base64 } from '../../support/objects.ts';
import { ADMISSION } from '../../support/release.ts';

const MINTS = 'kubernetes.io/service-account-token';
const policies = await installPolicies({ values: { adoption: { enabled: true, secretTypes: [MINTS] } } });
t.teardown(() => policies.close());
const { api, serve, controller, release, own, core } = policies;

const LABELS = { 'latchkey.dev/adopted': 'kes' };
const OWNER = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  name: 'db',
  uid: 'u',
  controller: true,
};

/** A Secret as a definition describes it, but for these fields. */
function adopted({ name = 'db', labels = LABELS, metadata = {}, ...rest }: Json = {}): Json {
  return { metadata: { name, labels, ...metadata }, data: { password: base64('x') }, ...rest };
}

const CREATES: readonly (readonly [what: string, passes: boolean, secret: Json, path?: string])[] = [
  ['of a definition', true, adopted()],
  ['with its definition as owner', true, adopted({ metadata: { ownerReferences: [OWNER] } })],
  [
    'of a type that the operator allows',
    true,
    adopted({ type: MINTS, metadata: { annotations: { 'kubernetes.io/service-account.name': 'default' } } }),
  ],
  ['that is managed, as ever', true, secret({})],
  ['without a label', false, adopted({ labels: {} })],
  ['with a label of somebody else', false, adopted({ labels: { 'latchkey.dev/adopted': 'yes' } })],
  ['of a type that joins nodes', false, adopted({ type: 'bootstrap.kubernetes.io/token' })],
  ['of a type of its own', false, adopted({ type: 'example.com/unknown' })],
  [
    'that a Deployment owns',
    false,
    adopted({ metadata: { ownerReferences: [{ ...OWNER, apiVersion: 'apps/v1', kind: 'Deployment' }] } }),
  ],
  [
    'that another ExternalSecret owns',
    false,
    adopted({ metadata: { ownerReferences: [{ ...OWNER, apiVersion: 'evil.io/v1' }] } }),
  ],
  ['that a finalizer keeps', false, adopted({ metadata: { finalizers: ['example.com/keep'] } })],
  ['in kube-system', false, adopted(), '/api/v1/namespaces/kube-system'],
  ['in its own namespace', false, adopted(), own],
];

for (const [what, passes, fields, path = core] of CREATES) {
  t.test(`serve may ${passes ? '' : 'not '}create a Secret ${what}`, async (t) => {
    const { status, body } = await serve.send('POST', `${path}/secrets?dryRun=All`, fields);

    t.equal(status, passes ? 201 : 403, body.message);
    if (!passes) t.match(body.message, BY_POLICY);
  });
}

t.test('the controller may not create one: it carries nothing out', async (t) => {
  const { status, body } = await controller.send('POST', `${core}/secrets?dryRun=All`, adopted());

  t.equal(status, 403);
  t.match(body.message, BY_POLICY);
});

const UPDATES: readonly (readonly [
  what: string,
  passes: boolean,
  before: Json,
  change: (stored: Json) => Json,
])[] = [
  ['the data of one that it made', true, adopted(), (stored) => ({ ...stored, data: {} })],
  [
    'its other labels',
    true,
    adopted(),
    ({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, labels: { ...LABELS, a: 'b' } } }),
  ],
  ["somebody else's", false, adopted({ labels: {} }), (stored) => ({ ...stored, data: {} })],
  [
    "somebody else's into one of its own",
    false,
    adopted({ labels: {} }),
    ({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, labels: LABELS } }),
  ],
  [
    "one of its own into nobody's",
    false,
    adopted(),
    ({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, labels: {} } }),
  ],
  [
    'whose it is',
    false,
    adopted(),
    ({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, ownerReferences: [OWNER] } }),
  ],
  [
    'what keeps it',
    false,
    adopted(),
    ({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, finalizers: ['example.com/keep'] } }),
  ],
];

for (const [index, [what, passes, before, change]] of UPDATES.entries()) {
  t.test(`serve may ${passes ? '' : 'not '}change ${what}`, async (t) => {
    const name = `update-${String(index)}`;
    const stored = await api.create(`${core}/secrets`, { ...before, metadata: { ...before.metadata, name } });

    const { status, body } = await serve.send('PUT', `${core}/secrets/${name}?dryRun=All`, change(stored));

    t.equal(status, passes ? 200 : 403, body.message);
    if (!passes) t.match(body.message, BY_POLICY);
  });
}

t.test('nobody may change a managed Secret into an adopted one, and serve deletes none', async (t) => {
  const stored = await api.create(`${core}/secrets`, {
    ...secret({ name: 'latchkey-managed' }),
    immutable: false,
  });
  const labels = { ...stored.metadata.labels, ...LABELS };

  const changed = await serve.send('PUT', `${core}/secrets/latchkey-managed?dryRun=All`, {
    ...stored,
    metadata: { ...stored.metadata, labels },
  });
  const deleted = await serve.send('DELETE', `${core}/secrets/latchkey-managed?dryRun=All`);

  t.equal(changed.status, 403);
  t.equal(deleted.status, 403);
});

t.test('the controller may change caBundle of both webhooks of pods', async (t) => {
  const path = `${ADMISSION}/mutatingwebhookconfigurations/${release}`;
  const patch = [0, 1].map((index) => ({
    op: 'add',
    path: `/webhooks/${String(index)}/clientConfig/caBundle`,
    value: api.caData,
  }));

  const { status, body } = await controller.send('PATCH', path, patch, JSON_PATCH);

  t.equal(status, 200, body.message);
});

t.test('the right to read Secrets comes with adoption, and is no right to list them', async (t) => {
  await api.create(`${core}/secrets`, adopted({ name: 'readable' }));

  const one = await serve.send('GET', `${core}/secrets/readable`);
  const list = await serve.send('GET', `${core}/secrets`);
  const watch = await serve.send('GET', `${core}/secrets?watch=1&timeoutSeconds=1`);

  t.equal(one.status, 200);
  t.equal(list.status, 403);
  t.equal(watch.status, 403);
});
