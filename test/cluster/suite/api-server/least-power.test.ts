// The chart's policies on Latchkey's own users, tried with their real tokens: what they may do, and each abuse.

import { randomUUID } from 'node:crypto';

import t from 'tap';

import { base64, type Json } from '../../support/api.ts';
import {
  BY_POLICY,
  installPolicies,
  JSON_PATCH,
  secret,
  tokenRequest,
} from '../../support/chart-policies.ts';
import { ADMISSION } from '../../support/release.ts';

const policies = await installPolicies();
t.teardown(() => policies.close());
const { api, serve, controller, release, own, core } = policies;
const registration = `${ADMISSION}/mutatingwebhookconfigurations/${release}`;

const TOKENS: readonly (readonly [what: string, spec: Json])[] = [
  ['another audience', { audiences: ['https://kubernetes.default.svc'] }],
  ["no audience, which is the API server's own", { audiences: [] }],
  ['a second audience', { audiences: ['sts.amazonaws.com', 'other'] }],
  ['a longer life', { expirationSeconds: 601 }],
  ['the default life', { expirationSeconds: null }],
  ['a bound object', { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'x' } }],
];

t.test('serve may request the one token that it needs', async (t) => {
  const { status } = await serve.send('POST', `${core}/serviceaccounts/default/token`, tokenRequest({}));

  t.equal(status, 201);
});

for (const [what, spec] of TOKENS) {
  t.test(`serve may not request a token with ${what}`, async (t) => {
    const { status, body } = await serve.send(
      'POST',
      `${core}/serviceaccounts/default/token`,
      tokenRequest(spec),
    );

    t.equal(status, 403);
    t.match(body.message, BY_POLICY);
  });
}

for (const namespace of ['kube-system', 'kube-public', release]) {
  t.test(
    `serve may request no token in ${namespace === release ? 'its own namespace' : namespace}`,
    async (t) => {
      const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;

      const { status, body } = await serve.send('POST', `${accounts}/default/token`, tokenRequest({}));

      t.equal(status, 403);
      t.match(body.message, BY_POLICY);
    },
  );
}

const ACCOUNT = { 'kubernetes.io/service-account.name': 'default' };
const SECRETS: readonly (readonly [what: string, secret: Json, path?: string])[] = [
  ['that mints a token', { type: 'kubernetes.io/service-account-token', annotations: ACCOUNT }],
  ['that lets nodes join', { type: 'bootstrap.kubernetes.io/token' }],
  ['of a type of its own', { type: 'example.com/unknown' }],
  ['without our label', { labels: {} }],
  ['of another name', { name: 'database' }],
  ['that can be changed', { immutable: false }],
  ['in kube-system', {}, '/api/v1/namespaces/kube-system'],
  ['in its own namespace', {}, own],
];

t.test('serve may create a managed Secret', async (t) => {
  const { status } = await serve.send('POST', `${core}/secrets?dryRun=All`, secret({}));

  t.equal(status, 201);
});

for (const [what, fields, path = core] of SECRETS) {
  t.test(`neither user may create a Secret ${what}`, async (t) => {
    for (const user of [serve, controller]) {
      const { status, body } = await user.send('POST', `${path}/secrets?dryRun=All`, secret(fields));

      t.equal(status, 403);
      t.match(body.message, BY_POLICY);
    }
  });
}

for (const namespace of ['kube-system', 'kube-public', release]) {
  const where = namespace === release ? "Latchkey's own namespace" : namespace;
  t.test(`the controller may delete no Secret in ${where}, since it could not put it back`, async (t) => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const name = `latchkey-${randomUUID().slice(0, 8)}`;
    await api.create(path, secret({ name }));
    t.teardown(() => api.remove(`${path}/${name}`));

    const { status, body } = await controller.send('DELETE', `${path}/${name}`);
    const putBack = await controller.send('POST', `${path}?dryRun=All`, secret({}));

    t.same([status, putBack.status], [403, 403]);
    t.match(body.message, BY_POLICY);
  });
}

t.test('what the controller deleted elsewhere it may put back', async (t) => {
  const name = 'latchkey-needed';
  const stored = await api.create(`${core}/secrets`, secret({ name }));

  const deleted = await controller.send('DELETE', `${core}/secrets/${name}`);
  const putBack = await controller.send('POST', `${core}/secrets`, {
    ...stored,
    metadata: { name, labels: stored.metadata.labels },
  });

  t.same([deleted.status, putBack.status], [200, 201]);
});

t.test("the controller may delete a managed Secret, and nobody else's", async (t) => {
  await api.create(`${core}/secrets`, secret({ name: 'latchkey-old' }));
  await api.create(`${core}/secrets`, { metadata: { name: 'latchkey-foreign' } });

  const ours = await controller.send('DELETE', `${core}/secrets/latchkey-old`);
  const foreign = await controller.send('DELETE', `${core}/secrets/latchkey-foreign`);

  t.equal(ours.status, 200);
  t.equal(foreign.status, 403);
  t.match(foreign.body.message, BY_POLICY);
});

t.test('the controller may fill the Secrets of the installation, and no other', async (t) => {
  await api.create(`${own}/secrets`, { metadata: { name: 'foreign' } });
  for (const [name, expected] of [
    [`${release}-ca`, 200],
    [`${release}-tls`, 200],
    [`${release}-key`, 200],
    ['foreign', 403],
  ] as const) {
    const stored = await api.get(`${own}/secrets/${name}`);

    const { status } = await controller.send('PUT', `${own}/secrets/${name}`, {
      ...stored,
      data: { key: base64('x') },
    });

    t.equal(status, expected, name);
  }
});

const CHANGES: readonly (readonly [what: string, patch: Json])[] = [
  ['what it is called for', { op: 'replace', path: '/webhooks/0/rules/0/resources', value: ['secrets'] }],
  ['what happens when it fails', { op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }],
  ['its conditions', { op: 'remove', path: '/webhooks/0/matchConditions' }],
  ['its namespaces', { op: 'replace', path: '/webhooks/0/namespaceSelector', value: {} }],
  ['its labels', { op: 'replace', path: '/webhooks/0/objectSelector', value: {} }],
  ['its timeout', { op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 1 }],
  ['whom it calls', { op: 'replace', path: '/webhooks/0/clientConfig/service/name', value: 'other' }],
  ['the path', { op: 'replace', path: '/webhooks/0/clientConfig/service/path', value: '/other' }],
  ['the reinvocation', { op: 'replace', path: '/webhooks/0/reinvocationPolicy', value: 'Never' }],
  ['the number of webhooks', { op: 'remove', path: '/webhooks/0' }],
  ['its annotations', { op: 'add', path: '/metadata/annotations', value: { a: 'b' } }],
  ['its finalizers', { op: 'add', path: '/metadata/finalizers', value: ['example.com/a'] }],
];

t.test('the controller may change caBundle of both registrations', async (t) => {
  for (const kind of ['mutating', 'validating']) {
    const path = `${ADMISSION}/${kind}webhookconfigurations/${release}`;
    const patch = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: api.caData }];

    const { status, body } = await controller.send('PATCH', path, patch, JSON_PATCH);

    t.equal(status, 200, body.message);
  }
});

for (const [what, change] of CHANGES) {
  t.test(`the controller may not change ${what}`, async (t) => {
    const { status, body } = await controller.send('PATCH', registration, [change], JSON_PATCH);

    t.equal(status, 403);
    t.match(body.message, BY_POLICY);
  });
}
