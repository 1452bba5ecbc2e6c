import t from 'tap';

import type { Json } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import { containerOf, deployment, podOf, podsOf, variableOf } from '../../support/objects.ts';
import { startOtherWebhook } from '../../support/other-webhook.ts';

const installation = await startInstallation();
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-hunter2', { region: REGION });

/** As service meshes do: a sidecar in front, and a variable for everybody's containers. */
function meddle(pod: Json): readonly Json[] {
  if (pod.spec.containers.some(({ name }: Json) => name === 'sidecar')) return [];
  const added = { name: 'PROXIED', value: 'yes' };
  return [
    ...pod.spec.containers.map(({ env }: Json, index: number) => ({
      op: 'add',
      path: `/spec/containers/${String(index)}/env${env === undefined ? '' : '/0'}`,
      value: env === undefined ? [added] : added,
    })),
    { op: 'add', path: '/spec/containers/0', value: { name: 'sidecar', image: 'sidecar' } },
  ];
}

/** An old node that another test adds meanwhile does not count for memory. */
const ELSEWHERE = {
  containers: [{ name: 'app', image: 'registry.example.com/app:1' }],
  nodeSelector: { 'test-node': 'none' },
} as const;

// One is called before ours by its name, one after.
for (const name of ['a-before', 'z-after'] as const) {
  for (const delivery of ['secret', 'memory'] as const) {
    t.test(
      `a sidecar that ${name} adds gets nothing, everything else is delivered once, with ${delivery}`,
      async (t) => {
        const labels = { 'other-webhook': `${name}-${delivery}` };
        const other = await startOtherWebhook(api, {
          name: `${name}-${delivery}`,
          namespaceLabels: labels,
          patch: meddle,
        });
        t.teardown(() => other.close());
        const namespace = await installation.namespace({ labels });
        await namespace.account('app');
        const annotations = {
          'latchkey.dev/delivery': delivery,
          'latchkey.dev/env.PASSWORD': 'ssm:/shop/password',
          'latchkey.dev/file.password': 'ssm:/shop/password',
          ...(name === 'a-before' ? { 'latchkey.dev/containers': 'app' } : {}),
        };
        const probe = { metadata: { name: 'probe' }, spec: { containers: [{ name: 'app', image: 'app' }] } };
        await eventually(async () => {
          const { body } = await api.send('POST', `${namespace.core}/pods?dryRun=All`, probe);
          return body.spec?.containers?.length === 2;
        }, 'the other webhook in force');

        await api.create(
          `${namespace.apps}/deployments`,
          deployment({ name: 'shop', replicas: 2, annotations, spec: ELSEWHERE }),
        );
        const pods = await podsOf(api, namespace, 'shop', 2);

        for (const pod of pods) {
          const names = (containerOf(pod, 'app').env ?? []).map(({ name }: Json) => name).sort();
          t.strictSame(names, ['PASSWORD', 'PROXIED']);
          t.equal(variableOf(pod, 'sidecar', 'PASSWORD'), undefined);
          const mounts = JSON.stringify(containerOf(pod, 'sidecar').volumeMounts ?? []);
          t.notMatch(mounts, /latchkey/);
          t.equal((pod.spec.initContainers ?? []).length, delivery === 'memory' ? 2 : 0);
        }
        if (delivery === 'secret') t.equal((await api.list(`${namespace.core}/secrets`)).length, 1);
      },
    );
  }
}

t.test('a pod that stands alone has one Secret, although the chain runs twice', async (t) => {
  const labels = { 'other-webhook': 'alone' };
  const other = await startOtherWebhook(api, { name: 'z-alone', namespaceLabels: labels, patch: meddle });
  t.teardown(() => other.close());
  const namespace = await installation.namespace({ labels });
  await namespace.account('app');
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };
  await eventually(async () => {
    const probe = { metadata: { name: 'probe' }, spec: { containers: [{ name: 'app', image: 'app' }] } };
    return (
      (await api.send('POST', `${namespace.core}/pods?dryRun=All`, probe)).body.spec?.containers?.length === 2
    );
  }, 'the other webhook in force');

  const pod = await api.create(`${namespace.core}/pods`, podOf({ name: 'alone', annotations }));

  t.equal(pod.spec.containers.length, 2);
  t.equal((await api.list(`${namespace.core}/secrets`)).length, 1);
  t.equal(other.calls() >= 2, true, 'it was called in both rounds');
});
