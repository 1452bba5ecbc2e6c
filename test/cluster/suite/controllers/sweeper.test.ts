// What no garbage collector takes: managed Secrets of pods that stand alone, of old revisions, of pods that were refused.

import t from 'tap';

import type { Json } from '../../support/api.ts';
import { startAws } from '../../support/aws.ts';
import { eventually } from '../../support/eventually.ts';
import { startInstallationOn } from '../../support/installation.ts';
import { dataOf, deployment, podOf, secretsOf } from '../../support/objects.ts';

const values = { controller: { sweepAfter: '1s', sweepEvery: '1s' }, aws: { cacheTtl: '1s' } };
/** A Secret younger than 37 s is left alone; its pod may be on its way. */
const LIMIT_MS = 120_000;

const aws = await startAws();
const installation = await startInstallationOn(aws, { controller: true, values });
t.teardown(() => installation.close());
const { api } = installation;
await aws.putParameter('/shop/password', 'canary-hunter2');
const namespace = await installation.namespace();
await namespace.account('app');
const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };
const [pods, secrets] = [`${namespace.core}/pods`, `${namespace.core}/secrets`];

async function secretNames(): Promise<readonly string[]> {
  return (await api.list(secrets)).map(({ metadata }) => metadata.name);
}

async function alone(name: string): Promise<string> {
  const [secret = ''] = secretsOf(await api.create(pods, podOf({ name, annotations })));
  return secret;
}

/** A StatefulSet's pod of this revision: its Secret. */
async function secretOfSet(not = ''): Promise<string> {
  let secret = '';
  await eventually(async () => {
    const { status, body } = await api.send('GET', `${pods}/set-0`);
    [secret = ''] = status === 200 ? secretsOf(body) : [];
    return secret !== '' && secret !== not;
  }, 'a pod of the StatefulSet');
  return secret;
}

/** Swept Secrets as they were, in the order in which they were seen to go. */
const gone: Json[] = [];

t.test('what no pod needs is swept, and what is needed or foreign stays', async (t) => {
  const running = await alone('running');
  const ended = await alone('ended');
  await api.remove(`${pods}/ended`);

  const { spec } = deployment({ name: 'set', annotations });
  await api.create(`${namespace.apps}/statefulsets`, {
    metadata: { name: 'set' },
    spec: { ...spec, serviceName: 'set', updateStrategy: { type: 'OnDelete' } },
  });
  const old = await secretOfSet();
  const template = { metadata: { annotations: { 'example.com/revision': 'two' } } };
  await api.patch(`${namespace.apps}/statefulsets/set`, { spec: { template } });
  await eventually(async () => {
    const { status } = await api.get(`${namespace.apps}/statefulsets/set`);
    return status.updateRevision !== status.currentRevision;
  }, 'a new revision');
  await api.remove(`${pods}/set-0`);
  const current = await secretOfSet(old);

  const foreign = `latchkey-foreign-${'0'.repeat(64)}`;
  const labels = { 'app.kubernetes.io/managed-by': 'latchkey' };
  await api.create(secrets, { metadata: { name: foreign, labels }, immutable: true });

  const before = await secretNames();
  await api.create(`${namespace.core}/resourcequotas`, {
    metadata: { name: 'full' },
    spec: { hard: { pods: '0' } },
  });
  await eventually(async () => {
    const { status } = await api.get(`${namespace.core}/resourcequotas/full`);
    return status.used?.pods !== undefined;
  }, 'the quota counted');
  const { body } = await api.send('POST', pods, podOf({ name: 'refused', annotations }));
  t.match(body.message, 'exceeded quota');
  const refused = (await secretNames()).filter((name) => !before.includes(name));
  await api.remove(`${namespace.core}/resourcequotas/full`);
  t.equal(refused.length, 1, 'a refused pod left a Secret');

  const swept = [ended, old, ...refused];
  const stored = await Promise.all(swept.map((name) => api.get(`${secrets}/${name}`)));
  await eventually(
    async () => {
      const left = await secretNames();
      gone.push(...stored.filter((secret) => !gone.includes(secret) && !left.includes(secret.metadata.name)));
      return gone.length === stored.length;
    },
    'they are swept',
    LIMIT_MS,
  );
  t.strictSame((await secretNames()).toSorted(), [running, current, foreign].toSorted());
});

t.test('a Secret that a pod came to need after all is put back as it was', async (t) => {
  const swept = gone.at(-1);
  const { name } = swept.metadata;

  // As one that the webhook promised it to, and whose way to etcd was long.
  const { labels, ...rest } = podOf({ name: 'slow', annotations: {} }).metadata;
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name, key: 'env.PASSWORD' } } }];
  await api.create(pods, {
    metadata: { ...rest, labels: { ...labels, 'latchkey.dev/injection': 'disabled' } },
    spec: { containers: [{ name: 'app', image: 'app', env }] },
  });
  let back: Json;
  await eventually(async () => {
    back = await api.send('GET', `${secrets}/${name}`);
    return back.status === 200;
  }, 'it is back');

  t.strictSame(dataOf(back.body), dataOf(swept));
  t.strictSame(back.body.metadata.annotations, swept.metadata.annotations);
  t.not(back.body.metadata.uid, swept.metadata.uid);
});
