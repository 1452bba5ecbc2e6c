import t from 'tap';

import { addNode } from '../../support/nodes.ts';
import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import { containerOf, deployment, podOf, podsOf, RESTRICTED, variableOf } from '../../support/objects.ts';

const installation = await startInstallation();
t.teardown(() => installation.close());
const { api, aws } = installation;

const ASKS = {
  'latchkey.dev/delivery': 'memory',
  'latchkey.dev/env.PASSWORD': 'ssm:/shop/password',
  'latchkey.dev/file.tls.key': 'ssm:/shop/key',
} as const;

t.test('variables by fileKeyRef and files from memory pass validation, without a call to AWS', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  aws.forgetCalls();

  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations: ASKS }));
  const [pod] = await podsOf(api, namespace, 'shop', 1);

  t.match(variableOf(pod, 'app', 'PASSWORD').valueFrom.fileKeyRef, {
    volumeName: 'latchkey-env',
    key: 'env.PASSWORD',
  });
  t.match(
    pod.spec.initContainers.map(({ name }: { name: string }) => name),
    ['latchkey-fetch', 'latchkey-guard'],
  );
  t.match(
    pod.spec.volumes.filter(({ name }: { name: string }) => name === 'latchkey-files'),
    [{ emptyDir: { medium: 'Memory' } }],
  );
  t.strictSame(await api.list(`${namespace.core}/secrets`), []);
  t.equal(aws.count(), 0);
});

const CASES = (['secret', 'memory'] as const).flatMap((delivery) => [
  { delivery, what: 'a user of its own', securityContext: { runAsUser: 1000, fsGroup: 2000 }, mode: '0440' },
  { delivery, what: "the image's user", securityContext: {}, mode: '0444' },
]);

for (const { delivery, what, securityContext, mode } of CASES) {
  t.test(
    `the restricted Pod Security Standard takes what ${delivery} makes of a pod with ${what}`,
    async (t) => {
      aws.ssm.put('/shop/password', 'canary', { region: REGION });
      aws.ssm.put('/shop/key', 'canary', { region: REGION });
      const namespace = await installation.namespace({
        labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
      });
      await namespace.account('app');
      const annotations = {
        ...ASKS,
        'latchkey.dev/delivery': delivery,
        'latchkey.dev/file-mode': mode,
        'latchkey.dev/files': `/etc/shop/license.txt: ssm:/shop/key\nconf/a.txt: ssm:/shop/key?mode=${mode}`,
      };
      const containers = [{ name: 'app', image: 'registry.example.com/app:1', securityContext: RESTRICTED }];
      const spec = { containers, securityContext };

      await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations, spec }));
      const [pod] = await podsOf(api, namespace, 'shop', 1);

      t.ok(variableOf(pod, 'app', 'PASSWORD').valueFrom, 'delivered');
      t.ok(
        containerOf(pod, 'app').volumeMounts.some(
          ({ mountPath }: { mountPath: string }) => mountPath === '/etc/shop/license.txt',
        ),
        'mounted exactly there',
      );
    },
  );
}

t.test('a LimitRange and a ResourceQuota of all resources let it pass', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  await api.create(`${namespace.core}/limitranges`, {
    metadata: { name: 'limits' },
    spec: {
      limits: [
        {
          type: 'Container',
          default: { cpu: '500m', memory: '256Mi' },
          defaultRequest: { cpu: '100m', memory: '128Mi' },
          max: { cpu: '1', memory: '1Gi' },
        },
      ],
    },
  });
  await api.create(`${namespace.core}/resourcequotas`, {
    metadata: { name: 'quota' },
    spec: {
      hard: {
        pods: '4',
        secrets: '4',
        'requests.cpu': '2',
        'requests.memory': '2Gi',
        'limits.cpu': '4',
        'limits.memory': '4Gi',
      },
    },
  });

  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations: ASKS }));
  const [pod] = await podsOf(api, namespace, 'shop', 1);

  const { requests, limits } = containerOf(pod, 'latchkey-fetch').resources;
  t.strictSame(requests, limits, 'ours keep what we gave them');
  t.match(containerOf(pod, 'app').resources, { requests: { cpu: '100m' } });
});

t.test('a Guaranteed pod stays one', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const exact = { cpu: '1', memory: '1Gi' };
  const containers = [{ name: 'app', image: 'app', resources: { requests: exact, limits: exact } }];

  const pod = await api.create(
    `${namespace.core}/pods`,
    podOf({ name: 'alone', annotations: ASKS, spec: { containers } }),
  );

  t.equal(pod.status.qosClass, 'Guaranteed');
});

t.test(
  'an older node blocks variables, and is named; a pod that selects another one is not blocked',
  async (t) => {
    const namespace = await installation.namespace();
    await namespace.account('app');
    const [old, young] = [`old-${namespace.name}`, `young-${namespace.name}`] as const;
    await addNode(api, old, 'v1.34.2-eks-1a2b3c');
    await addNode(api, young, 'v1.36.0');
    t.teardown(() => Promise.all([old, young].map((name) => api.remove(`/api/v1/nodes/${name}`))));
    const pod = podOf({ name: 'alone', annotations: ASKS });
    const selecting = podOf({
      name: 'chosen',
      annotations: ASKS,
      spec: { nodeSelector: { 'test-node': young } },
    });

    const refused = await api.send('POST', `${namespace.core}/pods`, pod);
    const admitted = await api.send('POST', `${namespace.core}/pods`, selecting);

    t.match(refused.body.message, `node "${old}" has kubelet "v1.34.2-eks-1a2b3c"`);
    t.match(refused.body.message, 'LK-FEATURE');
    t.equal(admitted.status, 201, admitted.body.message);
  },
);
