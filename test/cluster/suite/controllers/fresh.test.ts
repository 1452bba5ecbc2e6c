// What people do when a secret was rotated: `put-parameter` and `kubectl rollout restart`, at once.

import t from 'tap';

import type { Json } from '../../support/api.ts';
import { startAws } from '../../support/aws.ts';
import { startInstallationOn } from '../../support/installation.ts';
import { createKubectl } from '../../support/kubectl.ts';
import { dataOf, deployment, podsOf, secretsOf } from '../../support/objects.ts';
import { restarted } from '../../support/restarted.ts';

const TIMES = 10;
const PODS = 4;

const kubectl = createKubectl();
const aws = await startAws();
const installation = await startInstallationOn(aws, { replicas: 2 });
t.teardown(() => installation.close());
const { api } = installation;

t.test(`put-parameter and rollout restart show the new value, ${String(TIMES)} times in a row`, async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const valuesOf = async (pods: readonly Json[]): Promise<readonly string[]> => {
    const names = [...new Set(pods.flatMap(secretsOf))];
    const secrets = await Promise.all(names.map((name) => api.get(`${namespace.core}/secrets/${name}`)));
    return secrets.flatMap((secret) => Object.values(dataOf(secret)));
  };
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };
  const shop = deployment({ name: 'shop', replicas: PODS, annotations });
  await aws.putParameter('/shop/password', 'canary-0');
  // Pods never get ready here, so a rolling update would wait for ever.
  await api.create(`${namespace.apps}/deployments`, {
    ...shop,
    spec: { ...shop.spec, strategy: { type: 'Recreate' } },
  });
  await podsOf(api, namespace, 'shop', PODS);

  for (let time = 1; time <= TIMES; time += 1) {
    const value = `canary-${String(time)}`;

    await aws.putParameter('/shop/password', value);
    await restarted(() => kubectl('rollout', 'restart', 'deployment/shop', '-n', namespace.name));

    t.strictSame(await valuesOf(await podsOf(api, namespace, 'shop', PODS)), [value]);
  }
});
