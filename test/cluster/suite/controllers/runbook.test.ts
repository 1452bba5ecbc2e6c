// docs/runbook.md on a real API server: its commands as they stand there, with the chart installed by helm.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { createAuthority } from '../../../../src/tls/authority.ts';
import type { Json } from '../../support/api.ts';
import { JSON_PATCH } from '../../support/chart-policies.ts';
import { eventually } from '../../support/eventually.ts';
import { answers, installRelease, type ReleaseNamespace } from '../../support/helm-release.ts';
import { dataOf, deployment, podsOf, secretsOf, variableOf } from '../../support/objects.ts';
import { pageCommands } from '../../support/page-commands.ts';
import { ADMISSION } from '../../support/release.ts';

const release = await installRelease();
t.teardown(() => release.close());
const { api, aws, controller, serve, name: installed } = release;
const { run, fails, left } = pageCommands('docs/runbook.md', release);

const ASKS = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };
const WEBHOOK = `${ADMISSION}/mutatingwebhookconfigurations/${installed}`;
const NET = `${ADMISSION}/validatingadmissionpolicybindings/${installed}-safety-net`;
/** What only a node, AWS or a person can do. */
const NOT_HERE = / logs | port-forward |^aws |^NS=/m;
aws.ssm.put('/shop/password', 'canary-hunter2', { region: 'eu-central-1' });

type Shop = ReleaseNamespace & { readonly app: 'shop' };

/** A namespace with a Deployment `shop` that asks. Its pod is not waited for. */
async function shop(): Promise<Shop> {
  const namespace = await release.namespace();
  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations: ASKS }));
  return { ...namespace, app: 'shop' };
}

/** The pod of the newest revision, once that is the one which is meant: a roll-out begins in its own time. */
async function podOf(at: Shop, isMeant: (pod: Json) => boolean = () => true): Promise<Json> {
  let pod: Json;
  await eventually(async () => {
    [pod] = await podsOf(api, at, 'shop', 1);
    return isMeant(pod);
  }, 'the pod that is meant');
  return pod;
}

const isOptedOut = ({ metadata }: Json): boolean => 'latchkey.dev/injection' in metadata.labels;
const isReviewed = (pod: Json): boolean => !isOptedOut(pod);

/** As somebody who rolls out. */
async function rollOut(at: Shop, version: string): Promise<void> {
  const template = { metadata: { annotations: { version } } };
  await api.patch(`${at.apps}/deployments/shop`, { spec: { template } });
}

async function refused(at: Shop, why: string): Promise<void> {
  await eventually(async () => {
    const events = await api.list(`${at.core}/events`);
    return events.some(({ reason, message }) => reason === 'FailedCreate' && message.includes(why));
  }, `pods are refused: ${why}`);
}

/** What the API server says of a pod that asks, once it says this: it sees a change of a registration in its own time. */
async function probe(at: Pick<Shop, 'core'>, expected: RegExp): Promise<Json> {
  const metadata = { name: 'probe', annotations: ASKS };
  const spec = { serviceAccountName: 'app', containers: [{ name: 'app', image: 'app' }] };
  let answer: Json;
  await eventually(
    async () => {
      answer = await api.send('POST', `${at.core}/pods?dryRun=All`, { metadata, spec });
      return expected.test(`${String(answer.status)} ${String(answer.body.message)}`);
    },
    `the probe is answered with ${String(expected)}`,
  );
  return answer.body;
}

const LET_IN = /^201 /;
const NOBODY_THERE = /failed calling webhook "pods\.latchkey\.dev"/;

async function down(t: Test): Promise<void> {
  await serve.stop();
  t.teardown(up);
}

async function up(): Promise<void> {
  if (serve.url() === undefined) await serve.start();
  await answers(api, await release.namespace());
}

t.test('a manifest brings pods with the secrets of those that run, and there is a way back', async (t) => {
  const at = await shop();
  const before = await podOf(at);
  await down(t);
  await rollOut(at, '2');
  await refused(at, 'failed calling webhook "pods.latchkey.dev"');

  const looked = await fails('First look', 'FailedCreate', at);
  const applied = await run('A manifest that needs no webhook', 'render --live', at);
  const after = await podOf(at, isOptedOut);
  const listed = await run('A manifest that needs no webhook', 'get pods -A', at);

  const [name = ''] = secretsOf(after);
  t.match(looked, 'failed calling webhook "pods.latchkey.dev"');
  t.match(applied, `it has the values of pod ${before.metadata.name}, by Secret ${name}`);
  t.equal(after.metadata.annotations.version, '2');
  t.same(secretsOf(before), [name]);
  t.same(variableOf(after, 'app', 'PASSWORD').valueFrom.secretKeyRef, { name, key: 'env.PASSWORD' });
  t.same(dataOf(await api.get(`${at.core}/secrets/${name}`)), { 'env.PASSWORD': 'canary-hunter2' });
  t.match(listed, after.metadata.name);

  await up();
  await run('Go back', 'rollout undo', at);
  const back = await podOf(at, isReviewed);
  const left = await run('Go back', 'get pods -A', at);
  const statuses = await run('Go back', 'STATUS', at);

  t.equal(back.metadata.annotations.version, '2');
  t.not(secretsOf(back)[0], name, 'a Secret of its own');
  t.notMatch(left, back.metadata.name);
  t.match(statuses, new RegExp(`${back.metadata.name} +\\{"version":1`));
});

t.test('where no pod runs that has the values, they come from a file', async (t) => {
  await down(t);
  const at = await shop();
  await refused(at, 'failed calling webhook');
  const store = join(release.directory, 'secrets.yaml');
  await writeFile(store, 'ssm: { /shop/password: canary-by-hand }\n');

  const said = await fails('A manifest that needs no webhook', 'render --live', at);
  const references = await run('With values of yours', '-o yaml', at);
  await run('With values of yours', '--store-file', at);
  const pod = await podOf(at, isOptedOut);

  const [name = ''] = secretsOf(pod);
  t.match(said, /none of its running pods carries just what it asks for.*--store-file/);
  t.match(references, 'env.PASSWORD: ssm:/shop/password');
  t.match(name, /^latchkey-shop-by-hand-[0-9a-f]{64}$/);
  const secret = await api.get(`${at.core}/secrets/${name}`);
  t.same(dataOf(secret), { 'env.PASSWORD': 'canary-by-hand' });
  t.match(secret.metadata.ownerReferences, [{ kind: 'Deployment', name: 'shop' }]);

  await up();
  await run('Opt out', '"latchkey.dev/injection":null', at);
  const back = await podOf(at, isReviewed);

  const [own = ''] = secretsOf(back);
  t.not(own, name, 'it is delivered anew');
  t.same(dataOf(await api.get(`${at.core}/secrets/${own}`)), { 'env.PASSWORD': 'canary-hunter2' });
});

t.test('what waited comes at once when it is nudged', async (t) => {
  await down(t);
  const at = await shop();
  await refused(at, 'failed calling webhook');
  await up();

  await run('Try again now', 'nudged-at', at);

  const pod = await podOf(at);
  t.equal(secretsOf(pod).length, 1);
  t.match(await fails('First look', 'secrets-check', at), '[LK-UNKNOWN]');
});

t.test('labels opt out while nobody answers, and pods then have no secrets', async (t) => {
  await down(t);
  const at = await shop();
  await refused(at, 'failed calling webhook');

  await run('Opt out', '"latchkey.dev/injection":"disabled"', at);
  const pod = await podOf(at, isOptedOut);
  await run('Opt out', '"latchkey.dev/injection":null', at);
  await probe(at, NOBODY_THERE);
  await run('Opt out', 'injection=disabled', at);
  await probe(at, LET_IN);
  await run('Opt out', 'injection-', at);
  await probe(at, NOBODY_THERE);
  await api.patch(`/api/v1/namespaces/${at.name}`, {
    metadata: { annotations: { 'latchkey.dev/injection': 'disabled' } },
  });
  const annotated = await probe(at, NOBODY_THERE);

  t.same(secretsOf(pod), []);
  t.equal(variableOf(pod, 'app', 'PASSWORD'), undefined);
  t.match(annotated.message, 'failed calling webhook', 'an annotation of the namespace does not count');
});

t.test('neither the registration nor the safety net alone lets pods in; both together do', async (t) => {
  const at = await release.namespace();
  const page = { ...at, app: 'shop' };
  await down(t);

  await api.patch(NET, { spec: { validationActions: ['Warn'] } });
  await probe(at, NOBODY_THERE);
  await api.remove(NET);
  await run('Roll back', 'helm upgrade', page);
  await api.remove(WEBHOOK);
  const net = await probe(at, /safety-net/);
  await run('Roll back', 'helm upgrade', page);
  await probe(at, NOBODY_THERE);
  const looked = await run('The safety net refuses', 'failurePolicy', page);

  t.match(net.message, 'this pod asks for secrets and carries none, so the webhook was not called');
  t.match(looked, /\bFail\n/);

  await run('Switch it off', 'helm upgrade', page);
  await probe(at, LET_IN);
  await run('Switch it off', 'helm rollback', page);
  await probe(at, NOBODY_THERE);
  await run('Switch it off', 'kubectl delete', page);
  await probe(at, LET_IN);
  await run('Roll back', 'helm upgrade', page);
  await probe(at, NOBODY_THERE);

  t.match(await api.get(NET), { spec: { validationActions: ['Deny', 'Audit'] } });
});

t.test('a wrong caBundle is put right by the controller, or by hand', async (t) => {
  const at = await release.namespace();
  const { cert } = await createAuthority({ days: 1, wallMs: Date.now() });
  const value = Buffer.from(cert).toString('base64');
  const wrong = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value }];
  const spoil = () => api.send('PATCH', WEBHOOK, wrong, JSON_PATCH);

  await spoil();
  await eventually(
    async () => (await api.get(WEBHOOK)).webhooks[0].clientConfig.caBundle !== value,
    'the controller adds its own',
  );
  await answers(api, at);
  await controller.stop();
  t.teardown(() => controller.start());
  await spoil();
  const distrusted = await probe(at, /x509/);
  await run('The API server does not trust it', 'latchkey-ca', { ...at, app: 'shop' });
  await answers(api, at);

  t.match(distrusted.message, 'certificate signed by unknown authority');
});

t.test('a certificate is made anew when its Secret is emptied', async (t) => {
  const at = { ...(await release.namespace()), app: 'shop' };
  const secret = `/api/v1/namespaces/${installed}/secrets/${installed}-tls`;
  const before = (await api.get(secret)).data['tls.crt'];

  await run('Certificates', 'op":"remove', at);

  await eventually(async () => {
    const now = (await api.get(secret)).data?.['tls.crt'];
    return now !== undefined && now !== before;
  }, 'another certificate');
  t.pass('it is there');
});

t.test('what IAM denies is told before and after it is put right', async (t) => {
  const namespace = await release.namespace();
  const trust = [{ subject: `system:serviceaccount:${namespace.name}:app` }];
  aws.role(namespace.role, { trust, allow: [] });
  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations: ASKS }));
  const at: Shop = { ...namespace, app: 'shop' };
  await refused(at, 'LK-DENIED');

  const events = async () => run('Pods are refused', 'SecretsRefused', at);
  await eventually(async () => (await events()).includes('LK-DENIED'), 'an Event of ours');
  const roles = await run('AWS says no', 'get serviceaccounts', at);
  const denied = await run('AWS says no', '--dry-run=server', at);
  aws.role(at.role, { trust });
  let allowed = denied;
  await eventually(async () => {
    allowed = await run('AWS says no', '--dry-run=server', at);
    return !allowed.includes('LK-DENIED');
  }, 'the answer is forgotten');
  await run('Try again now', 'nudged-at', at);
  const pod = await podOf(at);

  t.match(roles, at.role);
  t.match(denied, /^Warning: .*LK-DENIED/m);
  t.notMatch(allowed, 'Warning');
  t.equal(secretsOf(pod).length, 1);
});

t.test('a managed Secret that is gone is there again with the next pod', async (t) => {
  const at = await shop();
  const pod = await podOf(at);
  const [name = ''] = secretsOf(pod);

  await api.remove(`${at.core}/secrets/${name}`);
  const listed = await run('The managed Secret is gone', 'reason=FailedMount', at);
  await api.remove(`${at.core}/pods/${pod.metadata.name}`);
  await eventually(
    async () => (await api.send('GET', `${at.core}/secrets/${name}`)).status === 200,
    'the Secret is made again',
  );
  await run('The managed Secret is gone', 'rollout restart', at);
  const restarted = await podOf(at, (newer) => secretsOf(newer)[0] !== name);

  t.notMatch(listed, name);
  t.equal(secretsOf(restarted).length, 1);
});

t.test('Secrets that nobody names are listed, and no others', async (t) => {
  const at = await shop();
  const [used = ''] = secretsOf(await podOf(at));
  const unused = `latchkey-gone-${'0'.repeat(64)}`;
  const labels = { 'app.kubernetes.io/managed-by': 'latchkey' };
  await api.create(`${at.core}/secrets`, { metadata: { name: unused, labels } });

  const listed = await run('The namespace takes no Secret', 'comm', at);

  t.match(listed, unused);
  t.notMatch(listed, used);
});

t.test('the commands that look, scale and go back to a version work', async (t) => {
  const at = { ...(await shop()), app: 'shop' };
  const replicas = async () =>
    (await api.get(`/apis/apps/v1/namespaces/${installed}/deployments/${installed}-serve`)).spec.replicas;
  const key = async () =>
    (await api.get(`/api/v1/namespaces/${installed}/secrets/${installed}-key`)).data.key;
  const before = await key();

  await run('It hangs', '--replicas=0', at);
  const none = await replicas();
  await run('It hangs', '--replicas=2', at);
  await run('AWS is away', 'rollout restart', at);
  await run('The sweeper', '--replicas=1', at);
  await run('The init container fails', 'initContainerStatuses', at);
  const rights = await run('Latchkey may not', 'can-i', at);
  const flags = await run('A manifest that needs no webhook', 'containers[0].args', at);
  await run('Opt out', 'injection-', at);

  t.equal(none, 0);
  t.match(rights, /^yes\nyes\n/);
  t.match(flags, '--region=eu-central-1');

  await run('Too much, or a bug', 'serve.replicas=4', at);
  t.equal(await replicas(), 4);
  await run('Roll back', 'helm rollback', at);
  t.equal(await replicas(), 2);
  t.equal(await key(), before, 'the Secrets keep their content');
});

t.test('every other command of the page needs a node, AWS or a person', async (t) => {
  for (const text of left()) t.match(text, NOT_HERE, text);
});
