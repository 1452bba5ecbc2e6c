import t from 'tap';

import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import { podOf, secretsOf } from '../../support/objects.ts';

const installation = await startInstallation();
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-hunter2', { region: REGION });

t.test('a dry run is admitted with a valid patch, and leaves no Secret', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };

  const { status, body } = await api.send(
    'POST',
    `${namespace.core}/pods?dryRun=All`,
    podOf({ name: 'alone', annotations }),
  );

  t.equal(status, 201, body.message);
  t.equal(secretsOf(body).length, 1);
  t.notMatch(JSON.stringify(body), /canary/);
  t.strictSame(await api.list(`${namespace.core}/secrets`), []);
  t.strictSame(await api.list(`${namespace.core}/events`), []);
});

t.test('a dry run is refused for what AWS does not have', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/none' };

  const { status, body } = await api.send(
    'POST',
    `${namespace.core}/pods?dryRun=All`,
    podOf({ name: 'alone', annotations }),
  );

  t.equal(status, 403);
  t.match(body.message, 'LK-NOT-FOUND');
});

t.test('a refused pod leaves no Secret behind', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const annotations = {
    'latchkey.dev/env.PASSWORD': 'ssm:/shop/password',
    'latchkey.dev/env.OTHER': 'ssm:/shop/none',
  };

  await api.send('POST', `${namespace.core}/pods`, podOf({ name: 'alone', annotations }));

  t.strictSame(await api.list(`${namespace.core}/secrets`), []);
});
