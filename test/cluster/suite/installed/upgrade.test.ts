// The chart over its life: installed, upgraded while pods are created, uninstalled.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';

import { builtProgram } from '../../../support/built-program.ts';
import { eventually } from '../../support/eventually.ts';
import { base64, type Json } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import { CHART, startAws, startGround } from '../../support/installed.ts';
import { inventory } from '../../support/inventory.ts';
import { noneEnds } from '../../support/none-ends.ts';
import { secretsOf } from '../../support/objects.ts';
import { startPodStream } from '../../support/pod-stream.ts';
import { mustRun } from '../../support/tools.ts';

const ASKS = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' } as const;
const SHOP = '/api/v1/namespaces/shop';
const REGISTRATIONS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const;
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

const directory = t.testdir();
let made = false;
const ground = await startGround();
t.teardown(() => ground.stop());
const { api, helm, kubectl } = ground;
const aws = await startAws(ground);
t.teardown(() => aws.close());
aws.ssm.put('/shop/password', 'canary-hunter2', { region: REGION });
const arn = `arn:aws:iam::${aws.account}:role/shop`;
aws.role(arn, { trust: [{ subject: 'system:serviceaccount:shop:app' }] });
await ground.namespace('latchkey', { 'pod-security.kubernetes.io/enforce': 'restricted' });
await ground.namespace('shop');
await api.create(`${SHOP}/serviceaccounts`, {
  metadata: { name: 'app', annotations: { 'eks.amazonaws.com/role-arn': arn } },
});
const before = await inventory(api);

t.test('helm install makes Deployments that become available, and pods with their secrets', async (t) => {
  const set = ['--set', `aws.region=${REGION}`, '--set', `aws.endpointUrl=${aws.url}`];
  await helm(['install', 'latchkey', CHART, '--namespace', 'latchkey', ...set, '--wait', '--timeout', '2m']);

  await kubectl(['apply', '-f', '-'], { input: JSON.stringify(application()) });
  await kubectl(['rollout', 'status', '--namespace=shop', 'deployment/shop', '--timeout=2m']);

  await eventually(async () => (await printed()) === 'got canary-hunter2\n', 'the value in the container');
  t.pass('the container has the value');
});

/** As charts/latchkey/README.md describes the changes of the TLS mode. */
const CHANGES: readonly (readonly [what: string, change: () => Promise<void>])[] = [
  ['more replicas', () => upgrade('serve.replicas=3')],
  ['another log level', () => upgrade('serve.logLevel=debug', 'controller.logLevel=debug')],
  [
    'the CA of our own certificate beside the first',
    async () => await trust([...(await bundle()), await ownCa()]),
  ],
  ['certificates from files', () => upgrade('tls.mode=files', 'tls.files.existingSecret=own-tls')],
  [
    'the first CA is gone',
    async () => {
      await noneEnds(api, 'latchkey');
      await trust([await ownCa()]);
    },
  ],
  ['built-in certificates again', () => upgrade('tls.mode=builtin', 'tls.files.existingSecret=')],
  ['fewer replicas, and the log level as before', () => upgrade('serve.replicas=2', 'serve.logLevel=info')],
];

t.test('no admission fails while the chart is upgraded', async (t) => {
  const stream = startPodStream(api, 'shop', { annotations: ASKS });
  t.teardown(() => stream.stop());
  await stream.more(5);

  for (const [what, change] of CHANGES) {
    await change();
    await stream.more(5);

    t.strictSame(stream.failures, [], what);
    t.match(
      await wrongDeployment(),
      { status: 403, body: { message: /LK-UNKNOWN/ } },
      'workloads are checked',
    );
  }
  t.ok(stream.admitted() > CHANGES.length * 5, `${String(stream.admitted())} pods were admitted`);
});

t.test('the certificate of the last change is one that the installation made', async (t) => {
  const bundles = await bundle();

  t.equal(bundles.length, 2, 'its own, and ours until it is dropped');
  t.ok(bundles.includes(await ownCa()));
});

t.test('helm uninstall leaves nothing but the Secrets that pods use, and says so', async (t) => {
  // An old revision's Secret, which no pod uses any more.
  const [old = ''] = await secretsInUse();
  await kubectl(['rollout', 'restart', '--namespace=shop', 'deployment/shop']);
  await kubectl(['rollout', 'status', '--namespace=shop', 'deployment/shop', '--timeout=2m']);
  await eventually(async () => !(await secretsInUse()).includes(old), 'the old pod is gone');
  const [used = ''] = await secretsInUse();

  const said = await helm(['uninstall', 'latchkey', '--namespace', 'latchkey']);

  t.match(said, `shop/${used}`, 'named');
  t.notMatch(said, old);
  const left = async () => {
    const now = await inventory(api);
    return [...now].filter((object) => !before.has(object) && !isOfApplication(object)).toSorted();
  };
  const expected = [`secrets latchkey/own-tls`, `secrets shop/${used}`];
  // What is left after all is told below.
  await eventually(async () => (await left()).length <= expected.length, 'the end of pods').catch(() => {});
  t.strictSame(await left(), expected);
  t.equal(
    await kubectl(['logs', '--namespace=shop', 'deployment/shop']),
    'got canary-hunter2\n',
    'pods run on',
  );
});

async function printed(): Promise<string> {
  return await kubectl(['logs', '--namespace=shop', 'deployment/shop']);
}

function application(): Json {
  const script = 'echo "got $PASSWORD"; sleep infinity';
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'shop' },
    spec: {
      selector: { matchLabels: { app: 'shop' } },
      template: {
        metadata: { labels: { app: 'shop' }, annotations: ASKS },
        spec: {
          serviceAccountName: 'app',
          containers: [{ name: 'app', image: 'busybox', command: ['sh', '-c', script] }],
        },
      },
    },
  };
}

/** What the application itself is made of; its Secrets are not. */
function isOfApplication(object: string): boolean {
  return /^(deployments|replicasets|pods) shop\/shop(-|$)/.test(object);
}

async function upgrade(...values: readonly string[]): Promise<void> {
  const set = values.flatMap((value) => ['--set', value]);
  const args = ['upgrade', 'latchkey', CHART, '--namespace', 'latchkey', '--reuse-values', ...set];
  await helm([...args, '--wait', '--timeout', '3m']);
}

async function wrongDeployment() {
  const { metadata, ...rest } = application();
  const template = {
    ...rest.spec.template,
    metadata: { labels: { app: 'shop' }, annotations: { 'latchkey.dev/no': '' } },
  };
  const wrong = { ...rest, metadata: { ...metadata, name: 'wrong' }, spec: { ...rest.spec, template } };
  return await api.send('POST', '/apis/apps/v1/namespaces/shop/deployments?dryRun=All', wrong);
}

/** A certificate of our own in a Secret, made at the first call; its CA. */
async function ownCa(): Promise<string> {
  const out = join(directory, 'own');
  if (!made) {
    made = true;
    const args = ['certs', '--out', out, '--service', 'latchkey', '--namespace', 'latchkey'];
    await mustRun(process.execPath, [builtProgram(), ...args]);
    const files = [`--cert=${join(out, 'tls.crt')}`, `--key=${join(out, 'tls.key')}`];
    await kubectl(['create', 'secret', 'tls', 'own-tls', '--namespace=latchkey', ...files]);
  }
  return (await readFile(join(out, 'ca.crt'), 'utf8')).trim();
}

/** The certificates that the API server trusts for pods' reviews. */
async function bundle(): Promise<readonly string[]> {
  const { webhooks } = await api.get(`${ADMISSION}/mutatingwebhookconfigurations/latchkey`);
  const text = Buffer.from(webhooks[0].clientConfig.caBundle, 'base64').toString();
  return text.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
}

async function trust(certificates: readonly string[]): Promise<void> {
  const value = base64(`${certificates.join('\n')}\n`);
  for (const resource of REGISTRATIONS) {
    const change = [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value }];
    await kubectl(['patch', resource, 'latchkey', '--type=json', '--patch', JSON.stringify(change)]);
  }
}

async function secretsInUse(): Promise<readonly string[]> {
  const pods = await api.list(`${SHOP}/pods?labelSelector=app%3Dshop`);
  return [...new Set(pods.flatMap(secretsOf))];
}
