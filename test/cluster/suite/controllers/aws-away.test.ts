import t from 'tap';

import { eventually } from '../../support/eventually.ts';
import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import { deployment, podsOf, secretsOf } from '../../support/objects.ts';

// Nothing is remembered: each pod needs AWS, and makes a Secret that its siblings may have made already.
const installation = await startInstallation({ flags: ['--cache-ttl', '0s'] });
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-hunter2', { region: REGION });
const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };

t.test('a running Deployment scales with what its pods have; a new one waits and recovers', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  await namespace.account('other');
  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'old', replicas: 2, annotations }));
  const [pod] = await podsOf(api, namespace, 'old', 2);
  const recover = aws.fault({}, { kind: 'server-error' });
  t.teardown(recover);

  await api.patch(`${namespace.apps}/deployments/old`, { spec: { replicas: 4 } });
  await api.create(
    `${namespace.apps}/deployments`,
    deployment({ name: 'new', annotations, serviceAccount: 'other' }),
  );
  const pods = await podsOf(api, namespace, 'old', 4);
  const reasons = async () => {
    const events = await api.list(`${namespace.core}/events`);
    return events.map(({ involvedObject, reason }) => `${involvedObject.name.split('-')[0]} ${reason}`);
  };
  await eventually(async () => (await reasons()).includes('new FailedCreate'), 'the new one is refused');
  await eventually(async () => (await reasons()).includes('old SecretsStale'), 'an event says so');
  const before = await api.list(`${namespace.core}/pods?labelSelector=app%3Dnew`);
  recover();
  const after = await podsOf(api, namespace, 'new', 1);

  t.strictSame([...new Set(pods.flatMap(secretsOf))], secretsOf(pod));
  t.strictSame(before, []);
  t.equal(after.length, 1);
});
