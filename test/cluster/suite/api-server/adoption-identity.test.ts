// The scheme of a role per service: the webhook's own role assumes the role that a definition names, where the operator's
// policy allows it, for pods that have no role at all.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { clusterApi } from '../../support/api.ts';
import { REGION } from '../../support/aws.ts';
import { definitionsOf, eso, installEso, store } from '../../support/definitions.ts';
import { startInstallation } from '../../support/installation.ts';
import { dataOf, podOf } from '../../support/objects.ts';

const OWN = 'arn:aws:iam::111122223333:role/external-secrets-role';
const SERVICE = 'arn:aws:iam::111122223333:role/my-service-role';
const NAME = '/path/to/my/service/some/secret';

await installEso(clusterApi());

async function installed(t: Test, rule: string) {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-policy-'));
  const file = join(directory, 'policy.yaml');
  await writeFile(file, `version: 1\nrules:\n  - ${rule}\n`);
  const flags = ['--identity', 'controller', '--policy-file', file];
  const installation = await startInstallation({ adoption: true, ownRole: OWN, flags });
  t.teardown(async () => {
    await installation.close();
    await rm(directory, { recursive: true });
  });
  const { api, aws } = installation;
  const namespace = await installation.namespace({ labels: { 'latchkey.dev/adoption': 'enabled' } });
  aws.role(SERVICE, { trust: [{ roleArn: OWN }], allow: [{ actions: ['ssm:*'], resources: [NAME] }] });
  aws.ssm.put(NAME, 'canary-service', { region: REGION });
  const { eso: path, stores } = definitionsOf(namespace.name);
  await api.create(stores, store('SecretStore', 'aws', { role: SERVICE }));
  await api.create(path, eso('my-service-secret', NAME));
  const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'my-service-secret', key: 'password' } } }];
  const spec = { containers: [{ name: 'app', image: 'registry.example.com/app:1', env }] };
  const pod = podOf({ name: 'alone', annotations: {}, serviceAccount: 'default', spec });
  return { api, aws, namespace, answer: await api.send('POST', `${namespace.core}/pods`, pod) };
}

t.test('with the permission of namespace, names and role', async (t) => {
  const rule = `{ namespaces: { names: ['test-*'] }, names: ['ssm:/path/to/my/service/**'], roles: ['${SERVICE}', '${OWN}'] }`;

  const { api, aws, namespace, answer } = await installed(t, rule);

  t.equal(answer.status, 201, answer.body.message);
  t.strictSame(dataOf(await api.get(`${namespace.core}/secrets/my-service-secret`)), {
    password: 'canary-service',
  });
  t.match(
    aws.calls.find(({ action }) => action === 'sts:AssumeRole'),
    {
      roleArn: OWN,
      names: [SERVICE],
      sts: { externalId: `latchkey/${namespace.name}` },
    },
  );
});

for (const [what, rule] of [
  ['the namespace', `{ namespaces: { names: [other] }, names: ['**'], roles: ['**'] }`],
  ['the names', `{ namespaces: { names: ['*'] }, names: ['ssm:/other/**'], roles: ['**'] }`],
  ['the role', `{ namespaces: { names: ['*'] }, names: ['**'], roles: ['${OWN}'] }`],
] as const) {
  t.test(`without the permission of ${what} nobody is asked`, async (t) => {
    const { api, aws, namespace, answer } = await installed(t, rule);

    t.equal(answer.status, 403);
    t.match(answer.body.message, 'LK-POLICY');
    t.strictSame(aws.calls, []);
    t.strictSame(await api.list(`${namespace.core}/secrets`), []);
  });
}
