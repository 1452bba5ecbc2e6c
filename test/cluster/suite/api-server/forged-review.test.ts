// Reviews that no API server sent: anyone in the pod network can POST to the Service. None gets a value, none changes what
// is there, and the most that one causes is a managed Secret, which its forger cannot read.

import t from 'tap';

import { createAdmissionClient, podReview, workloadReview } from '../../../support/admission-client.ts';
import { clientCertificate, testCertificates } from '../../../support/certificates.ts';
import type { Json } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import { BY_POLICY, tokenRequest } from '../../support/chart-policies.ts';
import { eventually } from '../../support/eventually.ts';
import { startInstallation } from '../../support/installation.ts';
import { apiAs, kubeconfigOf } from '../../support/kubeconfig.ts';
import { accountOf, roleArn } from '../../support/namespaces.ts';
import { dataOf, deployment, podOf, secretsOf } from '../../support/objects.ts';
import { startReplica } from '../../support/replica.ts';
import { SERVICE_PORT } from '../../support/service.ts';
import { traces } from '../../support/traces.ts';

const CANARY = 'canary-hunter2';

// Nothing is remembered, so each review goes all the way to the API server.
const installation = await startInstallation({ byService: true, flags: ['--cache-ttl', '0s'] });
t.teardown(() => installation.close());
const { api, aws, release, service, webhook } = installation;
aws.ssm.put('/shop/password', CANARY, { region: REGION });
aws.secrets.put('shop', JSON.stringify({ password: CANARY }), { region: REGION });
const namespace = await installation.namespace();
await namespace.account('app');

const servername = `${release.name}.${release.name}.svc`;
const url = `https://${service?.host ?? ''}:${String(SERVICE_PORT)}`;
const forger = createAdmissionClient({ url, servername, ca: webhook.ca });
t.teardown(() => forger.close());

const serve = await apiAs(api, { namespace: release.name, name: `${release.name}-serve` });
await eventually(async () => {
  const path = `${namespace.core}/serviceaccounts/app/token`;
  const { body } = await serve.send('POST', path, tokenRequest({ audiences: ['other'] }));
  return BY_POLICY.test(String(body.message));
}, 'the policies in force');

const ENV = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };
const real = await api.create(`${namespace.core}/pods`, podOf({ name: 'real', annotations: ENV }));
const set = await api.create(`${namespace.apps}/replicasets`, {
  metadata: { name: 'real' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'real' } },
    template: podOf({ name: 'real', annotations: {} }),
  },
});
await api.create(`${namespace.core}/serviceaccounts`, { metadata: { name: 'no-role' } });

interface PodParts {
  readonly annotations?: Json;
  readonly labels?: Json;
  readonly owner?: Json;
  readonly account?: string;
  readonly spec?: Json;
}

function pod({ annotations = ENV, labels = {}, owner, account = 'app', spec = {} }: PodParts = {}): Json {
  const made = podOf({ name: 'forged', annotations, serviceAccount: account, spec });
  const ownerReferences = owner === undefined ? undefined : [{ controller: true, ...owner }];
  return { ...made, metadata: { ...made.metadata, namespace: namespace.name, labels, ownerReferences } };
}

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'real', uid: set.metadata.uid };
const HASH = { 'pod-template-hash': '6d4cf56db6' };
const IN_PLACE = {
  containers: [{ name: 'app', image: 'app', env: [{ name: 'P', value: 'latchkey:ssm:/shop/password' }] }],
};
const elsewhere = { ...pod(), metadata: { name: 'forged', namespace: 'default', annotations: ENV } };
const serveUser = `system:serviceaccount:${release.name}:${release.name}-serve`;
const asked = (annotations: Json): Json => podReview(pod({ annotations }));
const as = (options: Json): Json => podReview(pod(), options);

const MANAGED = 1;
const NONE = 0;
const FORGERIES: readonly (readonly [what: string, leaves: number, review: Json])[] = [
  ['of a pod that does not exist', MANAGED, podReview(pod())],
  ['of a pod that exists, as it is stored', NONE, podReview(real)],
  ['of a pod that exists, as it was asked for', NONE, podReview({ ...pod(), metadata: real.metadata })],
  ['with an owner that exists', MANAGED, podReview(pod({ owner: OWNER, labels: HASH }))],
  ['with an owner that does not', MANAGED, podReview(pod({ owner: { ...OWNER, uid: 'x' }, labels: HASH }))],
  ['by an administrator', MANAGED, as({ username: 'admin', groups: ['system:masters'] })],
  ['by a node', MANAGED, as({ username: 'system:node:a', groups: ['system:nodes'] })],
  ['by the webhook itself', MANAGED, as({ username: serveUser })],
  ['with the uid of another object', MANAGED, as({ uid: real.metadata.uid })],
  ['with a uid that is none', MANAGED, as({ uid: '"}],"patch":' })],
  ['that says it is a dry run', NONE, as({ dryRun: true })],
  ['that says it is none, in words', MANAGED, as({ dryRun: 'false' })],
  ['of an update', NONE, as({ operation: 'UPDATE' })],
  ['of a deletion', NONE, as({ operation: 'DELETE' })],
  ['of a subresource', NONE, as({ subResource: 'exec' })],
  ['of a pod that says another namespace', MANAGED, podReview(elsewhere, { namespace: namespace.name })],
  ['for a namespace that does not exist', NONE, as({ namespace: 'no-such' })],
  ['for a namespace that is a path', NONE, as({ namespace: '../../secrets' })],
  ['for a service account without a role', NONE, podReview(pod({ account: 'no-role' }))],
  ['for a service account that does not exist', NONE, podReview(pod({ account: 'no-such' }))],
  ['for memory', NONE, asked({ ...ENV, 'latchkey.dev/delivery': 'memory' })],
  ['for plaintext', NONE, asked({ ...ENV, 'latchkey.dev/delivery': 'plaintext' })],
  ['for files', MANAGED, asked({ 'latchkey.dev/file.password': 'ssm:/shop/password' })],
  ['for all members', MANAGED, asked({ 'latchkey.dev/env-from': 'secretsmanager:shop' })],
  ['with a value in place', MANAGED, podReview(pod({ annotations: {}, spec: IN_PLACE }))],
  ['for what is not there', NONE, asked({ 'latchkey.dev/env.P': 'ssm:/shop/none' })],
  ['for a property of what is no JSON', NONE, asked({ 'latchkey.dev/env.P': 'ssm:/shop/password#a' })],
  ['for a property that is not there', NONE, asked({ 'latchkey.dev/env.P': 'secretsmanager:shop#a' })],
  [
    'to decode what is not encoded',
    NONE,
    asked({ 'latchkey.dev/env.P': 'ssm:/shop/password?decode=base64' }),
  ],
  ['of a copied status', MANAGED, asked({ ...ENV, ...real.metadata.annotations })],
];

const WORKLOADS: readonly (readonly [what: string, annotations: Json])[] = [
  ['that asks ahead', { ...ENV, 'latchkey.dev/preflight': 'enforce' }],
  ['of a property', { 'latchkey.dev/env.P': 'secretsmanager:shop#a', 'latchkey.dev/preflight': 'enforce' }],
];

/** The answer as text, and what is encoded in it. */
function everythingIn(text: string): string {
  const [, patch = ''] = /"patch":"([^"]*)"/.exec(text) ?? [];
  return `${text}\n${Buffer.from(patch, 'base64').toString()}`;
}

const ENCODED = [CANARY, ...(['base64', 'hex'] as const).map((as) => Buffer.from(CANARY).toString(as))];

function valuesIn(text: string): readonly string[] {
  return ENCODED.filter((value) => text.includes(value.replace(/=+$/, '')));
}

for (const [what, leaves, review] of FORGERIES) {
  const left = leaves === NONE ? 'nothing' : 'a managed Secret';
  t.test(`a review ${what} gets no value and leaves ${left}`, async (t) => {
    const before = await traces(api, namespace);

    const { status, text } = await forger.post(JSON.stringify(review));

    t.ok(status === 200 || status === 400, String(status));
    t.strictSame(valuesIn(everythingIn(text)), []);
    const { changed, secrets, others } = (await traces(api, namespace)).since(before);
    t.strictSame(changed, [], 'nothing that was there changed');
    t.strictSame(others, [], 'nothing else is made');
    t.equal(secrets.length, leaves);
    for (const secret of secrets) {
      t.equal(secret.metadata.labels['app.kubernetes.io/managed-by'], 'latchkey');
      t.match(secret.metadata.name, /^latchkey-[a-z0-9-]+-[0-9a-f]{64}$/);
      t.match(secret, { type: 'Opaque', immutable: true });
    }
  });
}

for (const [what, annotations] of WORKLOADS) {
  t.test(`a review of a workload ${what} gets no value and leaves nothing`, async (t) => {
    const before = await traces(api, namespace);
    const workload = deployment({ name: 'forged', annotations });

    const { text } = await forger.post(
      JSON.stringify(workloadReview(workload, { namespace: namespace.name })),
      '/validate/workloads?timeout=10s',
    );

    t.match(text, /"allowed":/);
    t.strictSame(valuesIn(text), []);
    const { changed, secrets, others } = (await traces(api, namespace)).since(before);
    t.strictSame([changed, secrets, others], [[], [], []]);
  });
}

for (const space of ['kube-system', release.name]) {
  const where = space === release.name ? "Latchkey's own namespace" : space;
  t.test(`a review for ${where} leaves nothing there, whoever has a role in it`, async (t) => {
    const [core, apps] = [`/api/v1/namespaces/${space}`, `/apis/apps/v1/namespaces/${space}`];
    const name = `victim-of-${release.name}`;
    const arn = roleArn(aws, space, name);
    aws.role(arn, { trust: [{ subject: `system:serviceaccount:${space}:${name}` }] });
    await api.create(`${core}/serviceaccounts`, accountOf(name, arn));
    t.teardown(() => api.remove(`${core}/serviceaccounts/${name}`));
    const before = await traces(api, { core, apps });

    const answer = await forger.review(pod({ account: name }), { namespace: space });

    t.equal(answer.allowed, false);
    t.match(answer.status?.message, `refused: create serviceaccounts/token in namespace "${space}"`);
    const { secrets } = (await traces(api, { core, apps })).since(before);
    t.strictSame(secrets, []);
  });
}

t.test('a Secret that stands under the predicted name already stays as it is', async (t) => {
  const forged = pod({ owner: OWNER, labels: { 'pod-template-hash': 'predicted' } });
  const first = await forger.review(forged);
  const name = /latchkey-real-[0-9a-f]{64}/.exec(JSON.stringify(first.patch))?.[0] ?? '';
  const path = `${namespace.core}/secrets/${name}`;
  await api.remove(path);
  const foreign = await api.create(`${namespace.core}/secrets`, {
    metadata: { name },
    stringData: { mine: 'untouched' },
  });

  const second = await forger.review(forged);

  t.match(JSON.stringify(second.patch), name, 'the same name is predicted');
  const stored = await api.get(path);
  t.equal(stored.metadata.resourceVersion, foreign.metadata.resourceVersion);
  t.strictSame(dataOf(stored), { mine: 'untouched' });
});

t.test('what was forged changes nothing for the pods that come', async (t) => {
  const created = await api.create(`${namespace.core}/pods`, podOf({ name: 'after', annotations: ENV }));

  const [name = ''] = secretsOf(created);
  t.strictSame(Object.values(dataOf(await api.get(`${namespace.core}/secrets/${name}`))), [CANARY]);
  t.notMatch(webhook.output(), CANARY);
});

t.test('where values may be in answers, nobody gets an answer without a client certificate', async (t) => {
  const { authority } = await testCertificates();
  const directory = t.testdir({
    'client-ca.crt': authority.cert,
    kubeconfig: JSON.stringify(
      await kubeconfigOf(api, { namespace: release.name, name: `${release.name}-serve` }),
    ),
  });
  const flags = ['--caller-auth', 'client-cert', '--client-ca', `${directory}/client-ca.crt`];
  const kubeconfig = `${directory}/kubeconfig`;
  const options = { kubeconfig, flags: ['--allow-plaintext', '--region', REGION, ...flags] };
  const replica = await startReplica(options, aws.url);
  t.teardown(() => replica.close());
  const at = { url: replica.webhook.url, ca: replica.webhook.ca };
  const strangers = (await testCertificates()).authority;
  const plaintext = pod({ annotations: { ...ENV, 'latchkey.dev/delivery': 'plaintext' } });

  const known = createAdmissionClient({ ...at, ...(await clientCertificate(authority, 'api-server')) });
  const nobody = createAdmissionClient(at);
  const stranger = createAdmissionClient({ ...at, ...(await clientCertificate(strangers, 'api-server')) });
  t.teardown(() => [known, nobody, stranger].forEach((client) => client.close()));

  t.match(JSON.stringify((await known.review(plaintext)).patch), CANARY, 'the API server gets it');
  await t.rejects(nobody.review(plaintext), { message: /certificate required|alert|reset|hang up/ });
  await t.rejects(stranger.review(plaintext), { message: /alert|reset|hang up/ });
});
