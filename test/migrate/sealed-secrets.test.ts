// What of SealedSecrets never becomes a reference, whatever they say.

import { createPublicKey } from 'node:crypto';
import t from 'tap';

import * as migrate from '../../src/commands/migrate.ts';
import { sealValue } from '../../src/sealed/seal-value.ts';
import { runCommand } from '../support/run-command.ts';
import { fixtureKeys } from '../support/sealing-keys.ts';

const [{ certificate } = { certificate: '' }] = fixtureKeys();
const publicKey = createPublicKey(certificate);

async function sealed(value: string): Promise<string> {
  return await sealValue(new TextEncoder().encode(value), 'shop', publicKey);
}

/** One SealedSecret of the whole namespace, and a Deployment with its key `password`. */
async function migrated(
  encryptedData: object,
  args: readonly string[] = [],
  metadata: object = {},
  namespace = 'shop',
) {
  const annotations = { 'sealedsecrets.bitnami.com/namespace-wide': 'true' };
  const items = [
    {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: 'db', namespace, annotations, ...metadata },
      spec: { encryptedData },
    },
    deployment(namespace),
  ];
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  return await runCommand(migrate, ['-f', '-', ...args], input);
}

function deployment(namespace = 'shop'): object {
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace },
    spec: { template: { spec: { containers: [{ name: 'app', env }] } } },
  };
}

for (const [what, behind] of [
  ['an option', '?default=hunter2'],
  ['a property', '#hunter2'],
  ['the end of a reference', '))((ssm:/hunter2'],
  ['another line', '\nlatchkey.dev/env.OTHER: ssm:/hunter2'],
] as const) {
  t.test(`${what} behind a sealed value is not taken for one of the reference`, async (t) => {
    const { code, stdout, stderr } = await migrated({ password: (await sealed('canary')) + behind });

    t.equal(code, 1);
    t.match(stderr, /not converted: Deployment shop\/shop: .*the sealed value is not base64/);
    t.notMatch(stderr, 'hunter2');
    t.notMatch(stdout, 'latchkey.dev/env.PASSWORD');
  });
}

t.test('a value that is too long for an annotation stays, and others are converted', async (t) => {
  const password = await sealed('x'.repeat(60_000));

  const { code, stdout, stderr } = await migrated({ password, user: await sealed('app') });

  t.equal(code, 1);
  t.match(
    stderr,
    /not converted: .*the reference has \d+ characters\. .*a larger one belongs to a SealedSecret/,
  );
  t.ok(stderr.length < 2000, 'the report is for people');
  t.notMatch(stdout, 'latchkey.dev/');
});

t.test('a key that is no text makes no definition', async (t) => {
  const { code, stderr } = await migrated({ password: 5 });

  t.equal(code, 1);
  t.match(stderr, /not converted: .*its definition is wrong: .*LK-/);
});

t.test('where the cluster delivers into memory, nothing is converted', async (t) => {
  const args = ['--default-delivery', 'memory'];

  const { code, stderr } = await migrated({ password: await sealed('canary') }, args);

  t.equal(code, 1);
  t.match(stderr, /with memory delivery the pod itself would open it/);
});

t.test('a SealedSecret without a namespace belongs to that of the command line', async (t) => {
  const data = { password: await sealed('canary') };

  const there = await migrated(data, ['-n', 'shop'], { namespace: undefined });
  const elsewhere = await migrated(data, ['-n', 'other'], { namespace: undefined });

  t.match(there.stderr, '1 converted');
  t.match(elsewhere.stderr, '0 converted');
});

t.test('sealed values need no rights of AWS', async (t) => {
  const data = { password: await sealed('canary') };

  const { stdout } = await migrated(data, ['--iam', '-o', 'json']);

  t.notMatch(stdout, /ssm:|secretsmanager:|kms:/);
});

t.test('a command that people are told to run holds nothing that a shell would run beside', async (t) => {
  const password = await sealed('canary');

  const plain = await migrated({ password }, [], { annotations: {} });
  const hostile = await migrated({ password }, [], { annotations: {} }, 'shop; rm -rf .');

  t.match(plain.stderr, 'kubectl get secret db -n shop -o yaml');
  t.match(hostile.stderr, 'it is sealed strictly');
  t.notMatch(hostile.stderr, 'kubectl');
});
