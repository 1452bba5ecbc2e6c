// What operator, namespace and pod set, and which of them wins, through the whole server.

import t from 'tap';

import { applied, type AdmissionAnswer } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation } from '../support/installation.ts';
import { secretNames, secretValues } from '../support/stored.ts';

const ELSEWHERE = 'eu-west-1';
const WISH = { 'latchkey.dev/env.A': 'ssm:/a' };

function codes(answer: AdmissionAnswer): readonly string[] {
  return [...new Set((answer.status?.details?.causes ?? []).map(({ reason }) => reason))];
}

t.test('--dry-run-offline asks AWS nothing in a dry run, and all the same in earnest', async (t) => {
  const shop = await startInstallation({ flags: ['--dry-run-offline'] });
  t.teardown(() => shop.close());
  shop.account('app');

  const dry = await shop.review(podOf({ annotations: WISH }), { dryRun: true });
  const calls = shop.aws.count();
  const real = await shop.review(podOf({ annotations: WISH }));

  t.equal(dry.allowed, true, dry.status?.message ?? '');
  t.equal(calls, 0);
  t.same(codes(real), ['LK-NOT-FOUND']);
});

t.test(
  'the region is that of the reference, else of the pod, else of the namespace, else of the flag',
  async (t) => {
    const shop = await startInstallation();
    t.teardown(() => shop.close());
    shop.account('app');
    for (const region of [REGION, ELSEWHERE, 'us-east-1', 'us-west-2']) {
      shop.aws.ssm.put('/a', `of-${region}`, { region });
    }
    const valueOf = async (annotations: Readonly<Record<string, string>>, namespaced = {}) => {
      shop.kubernetes.addNamespace('shop', { annotations: namespaced });
      const pod = podOf({ annotations });
      const answer = await shop.review(pod);
      const [name] = secretNames(applied(pod, answer));
      const secret = shop.kubernetes.secrets('shop').find(({ metadata }) => metadata.name === name);
      return secretValues(secret)['env.A'] ?? answer.status?.message;
    };
    const ofPod = { 'latchkey.dev/region': 'us-east-1' };
    const ofNamespace = { 'latchkey.dev/region': 'us-west-2' };

    t.equal(await valueOf(WISH), `of-${REGION}`);
    t.equal(await valueOf(WISH, ofNamespace), 'of-us-west-2');
    t.equal(await valueOf({ ...WISH, ...ofPod }, ofNamespace), 'of-us-east-1');
    const own = { 'latchkey.dev/env.A': `ssm:/a?region=${ELSEWHERE}`, ...ofPod };
    t.equal(await valueOf(own, ofNamespace), `of-${ELSEWHERE}`);
  },
);

t.test('a failover region is asked when the first gives no answer, never after a definite no', async (t) => {
  const shop = await startInstallation();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary-elsewhere', { region: ELSEWHERE });
  const annotations = { ...WISH, 'latchkey.dev/failover-region': ELSEWHERE };
  const pod = podOf({ annotations });

  const no = await shop.review(pod);
  const asked = shop.aws.calls.filter(({ region }) => region === ELSEWHERE).length;
  shop.aws.fault({ region: REGION }, { kind: 'server-error' });
  const helped = await shop.review(pod);
  const same = await shop.review(
    podOf({ annotations: { ...annotations, 'latchkey.dev/failover-region': REGION } }),
  );

  t.same(codes(no), ['LK-NOT-FOUND']);
  t.equal(asked, 0);
  t.equal(helped.allowed, true, helped.status?.message ?? '');
  const [name] = secretNames(applied(pod, helped));
  const secret = shop.kubernetes.secrets('shop').find(({ metadata }) => metadata.name === name);
  t.same(secretValues(secret), { 'env.A': 'canary-elsewhere' });
  t.same(codes(same), ['LK-REGION']);
});

t.test('containers that the operator skips get nothing unless the pod names them', async (t) => {
  const shop = await startInstallation({ flags: ['--skip-containers', 'proxy,agent'] });
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary', { region: REGION });
  const spec = { containers: ['app', 'proxy', 'istio-proxy'].map((name) => ({ name, image: 'x' })) };
  const targets = async (annotations: Readonly<Record<string, string>>) => {
    const pod = podOf({ annotations, spec });
    const stored = applied(pod, await shop.review(pod));
    const { containers } = stored['spec'] as { containers: { name: string; env?: unknown[] }[] };
    return containers.filter(({ env }) => env !== undefined).map(({ name }) => name);
  };

  t.same(await targets(WISH), ['app', 'istio-proxy'], "the flag stands instead of the default's names");
  t.same(await targets({ ...WISH, 'latchkey.dev/containers': 'proxy' }), ['proxy']);
});

t.test(
  'the managed Secret belongs to the controller, without the right to hold up its deletion',
  async (t) => {
    const shop = await startInstallation();
    t.teardown(() => shop.close());
    shop.account('app');
    shop.aws.ssm.put('/a', 'canary', { region: REGION });
    const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
    const pod = podOf({ owner, annotations: WISH });
    const labels = {
      ...(pod['metadata'] as { labels: object }).labels,
      'app.kubernetes.io/instance': 'argo',
    };

    const answer = await shop.review({ ...pod, metadata: { ...(pod['metadata'] as object), labels } });

    t.equal(answer.allowed, true, answer.status?.message ?? '');
    const [secret] = shop.kubernetes.secrets('shop');
    const { uid, name } = owner.metadata;
    t.same(secret?.metadata['ownerReferences'], [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: false },
    ]);
    t.same(secret?.metadata.labels, {
      'app.kubernetes.io/managed-by': 'latchkey',
      'velero.io/exclude-from-backup': 'true',
    });
  },
);

t.test(
  'what memory adds meets the restricted Pod Security Standard and keeps the quality of service',
  async (t) => {
    const shop = await startInstallation({ flags: ['--fetch-resources', 'cpu=75m,memory=100Mi'] });
    t.teardown(() => shop.close());
    shop.account('app');
    shop.kubernetes.addNode('new', { kubeletVersion: 'v1.35.1' });
    const annotations = { ...WISH, 'latchkey.dev/file.b': 'ssm:/b', 'latchkey.dev/delivery': 'memory' };

    for (const securityContext of [undefined, { runAsUser: 1000 }, { fsGroup: 7 }]) {
      const pod = podOf({
        annotations,
        spec: { containers: [{ name: 'app', image: 'x' }], ...(securityContext && { securityContext }) },
      });
      const stored = applied(pod, await shop.review(pod));
      const { initContainers } = stored['spec'] as { initContainers: Record<string, unknown>[] };

      t.equal(initContainers.length, 2);
      for (const container of initContainers) {
        t.match(container, {
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          resources: {
            requests: { cpu: '75m', memory: '100Mi' },
            limits: { cpu: '75m', memory: '100Mi' },
          },
        });
        t.equal(container['command'], undefined, 'no shell, and no word of a user');
      }
    }
  },
);
