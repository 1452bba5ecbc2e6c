import t from 'tap';

import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import { podOf, secretsOf } from '../../support/objects.ts';

const installation = await startInstallation();
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/a/password', 'canary-a', { region: REGION });

const ASKS = { 'latchkey.dev/env.PASSWORD': 'ssm:/a/password' } as const;

t.test("A's role is opened by a token of A and by no other account's", async (t) => {
  const namespace = await installation.namespace();
  const arn = await namespace.account('a');
  const metadata = { name: 'b', annotations: { 'eks.amazonaws.com/role-arn': arn } };
  await api.create(`${namespace.core}/serviceaccounts`, { metadata });

  const own = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'own', annotations: ASKS, serviceAccount: 'a' }),
  );
  const foreign = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'foreign', annotations: ASKS, serviceAccount: 'b' }),
  );

  t.equal(own.status, 201, own.body.message);
  t.equal(secretsOf(own.body).length, 1);
  t.equal(foreign.status, 403);
  t.match(foreign.body.message, 'LK-TRUST');
  t.equal((await api.list(`${namespace.core}/secrets`)).length, 1);
});

t.test("an owner reference to A's ReplicaSet opens nothing for B, and owns nothing", async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('a');
  await namespace.account('b', { allow: [] });
  const other = await installation.namespace();
  const set = await api.create(`${other.apps}/replicasets`, {
    metadata: { name: 'a' },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'a' } },
      template: podOf({ name: 'a', annotations: {}, serviceAccount: 'a' }),
    },
  });
  const forged = (serviceAccount: string) => {
    const pod = podOf({ name: `forged-${serviceAccount}`, annotations: ASKS, serviceAccount });
    const { name, uid } = set.metadata;
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true };
    return { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } };
  };

  const ofB = await api.send('POST', `${namespace.core}/pods`, forged('b'));
  const ofA = await api.send('POST', `${namespace.core}/pods`, forged('a'));

  t.match(ofB.body.message, 'LK-DENIED');
  t.equal(ofA.status, 201, ofA.body.message);
  const [secret] = await api.list(`${namespace.core}/secrets`);
  t.equal(secret.metadata.ownerReferences, undefined, 'an owner that is not there owns nothing');
});

t.test('an account without a role is refused with both ways out', async (t) => {
  const namespace = await installation.namespace();
  await api.create(`${namespace.core}/serviceaccounts`, { metadata: { name: 'plain' } });

  const { body } = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'alone', annotations: ASKS, serviceAccount: 'plain' }),
  );

  t.match(body.message, 'LK-NO-ROLE');
  t.match(body.message, 'eks.amazonaws.com/role-arn');
  t.match(body.message, 'memory');
});
