// `memory` and `plaintext` through the whole server.

import t from 'tap';

import { applied, type AdmissionAnswer } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation } from '../support/installation.ts';
import { variable } from '../support/stored.ts';

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))];
}

const MEMORY = { 'latchkey.dev/delivery': 'memory' };
const PLAINTEXT = { 'latchkey.dev/delivery': 'plaintext' };

t.test('memory asks AWS nothing and creates nothing, and a second round adds nothing', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  const arn = shop.account('app');
  shop.kubernetes.addNode('new', { kubeletVersion: 'v1.35.1-eks-1a2b3c' });
  const annotations = { ...MEMORY, 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/file.b': 'ssm:/b' };
  const pod = podOf({ annotations });

  const answer = await shop.review(pod);
  const dry = await shop.review(pod, { dryRun: true });
  const stored = applied(pod, answer);
  const second = await shop.review(stored);

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.same(dry.patch, answer.patch);
  t.same(second.patch ?? [], []);
  t.equal(shop.aws.count(), 0);
  t.equal(shop.kubernetes.secrets('shop').length, 0);
  const { initContainers } = stored['spec'] as {
    initContainers: { name: string; env: { value?: string }[] }[];
  };
  t.same(
    initContainers.map(({ name }) => name),
    ['latchkey-fetch', 'latchkey-guard'],
  );
  t.ok(initContainers[0]?.env.some(({ value }) => value === arn));
});

t.test(
  'memory variables need a cluster that knows env files: the refusal names the node that blocks',
  async (t) => {
    const shop = await startInstallation();
    t.teardown(() => shop.close());
    shop.account('app');
    shop.kubernetes.addNode('new', { kubeletVersion: 'v1.36.0' });
    shop.kubernetes.addNode('old', { kubeletVersion: 'v1.34.9' });
    shop.kubernetes.addNode('older-but-cordoned', { kubeletVersion: 'v1.30.0', cordoned: true });
    shop.kubernetes.addNode('older-but-not-ready', { kubeletVersion: 'v1.30.0', ready: false });

    const variables = await shop.review(
      podOf({ annotations: { ...MEMORY, 'latchkey.dev/env.A': 'ssm:/a' } }),
    );
    const files = await shop.review(podOf({ annotations: { ...MEMORY, 'latchkey.dev/file.a': 'ssm:/a' } }));

    t.same(codes(variables), ['LK-FEATURE']);
    t.match(variables.status?.message, /"old"/);
    t.notMatch(variables.status?.message, /older/);
    t.equal(files.allowed, true, files.status?.message ?? '');
  },
);

t.test('an API server before 1.35 is refused for memory variables', async (t) => {
  const shop = await startInstallation({ kubernetesVersion: 'v1.34.2' });
  t.teardown(() => shop.close());
  shop.account('app');

  const answer = await shop.review(podOf({ annotations: { ...MEMORY, 'latchkey.dev/env.A': 'ssm:/a' } }));

  t.same(codes(answer), ['LK-FEATURE']);
  t.match(answer.status?.message, /1\.34/);
});

t.test('Windows pods are refused for memory with the reason, and served through a Secret', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary', { region: REGION });
  const spec = { os: { name: 'windows' }, containers: [{ name: 'app', image: 'app:1' }] };

  const memory = await shop.review(
    podOf({ spec, annotations: { ...MEMORY, 'latchkey.dev/file.a': 'ssm:/a' } }),
  );
  const secret = await shop.review(podOf({ spec, annotations: { 'latchkey.dev/env.A': 'ssm:/a' } }));

  t.same(codes(memory), ['LK-WINDOWS']);
  t.equal(secret.allowed, true, secret.status?.message ?? '');
});

t.test('plaintext is refused unless the operator allows it', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');

  const answer = await shop.review(podOf({ annotations: { ...PLAINTEXT, 'latchkey.dev/env.A': 'ssm:/a' } }));

  t.same(codes(answer), ['LK-PLAINTEXT']);
  t.equal(shop.aws.count(), 0);
});

t.test('plaintext puts the value into the pod with every $ doubled, says so, and only there', async (t) => {
  const shop = await startInstallation({ flags: ['--allow-plaintext', '--caller-auth', 'network'] });
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary$(HOME)$$', { region: REGION });
  const pod = podOf({ annotations: { ...PLAINTEXT, 'latchkey.dev/env.A': 'ssm:/a' } });

  const dry = await shop.client.review(pod, { dryRun: true });
  const answer = await shop.client.review(pod);
  const stored = applied(pod, answer);
  const second = await shop.client.review(stored);
  shop.aws.ssm.put('/a', 'canary-new', { region: REGION });
  const { annotations } = stored['metadata'] as { annotations: Record<string, string> };
  const copy = { ...stored, metadata: { name: 'copy', namespace: 'shop', annotations } };
  const copied = await shop.client.review(copy);

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.equal(variable(stored, 'A'), 'canary$$(HOME)$$$$');
  t.match((answer.warnings ?? []).join(' '), /plaintext/);
  t.same(second.patch ?? [], []);
  t.equal(variable(applied(copy, copied), 'A'), 'canary-new');
  t.notMatch(JSON.stringify(dry), /canary/, 'a dry run shows none');
  t.notMatch(await shop.written(), /canary/, 'nor do logs, metrics and events');
});
