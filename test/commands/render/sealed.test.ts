// `sealed:` references, with the keys that --private-key gives.

import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';

import * as render from '../../../src/commands/render.ts';
import { UsageError } from '../../../src/config/usage-error.ts';
import { labelOf, type Scope } from '../../../src/sealed/scope.ts';
import { sealValue } from '../../../src/sealed/seal-value.ts';
import { runCommand } from '../../support/run-command.ts';
import { writeKey } from '../../support/sealing.ts';
import { fixtureKeys } from '../../support/sealing-keys.ts';

const CANARY = 'canary-sealed';
const folder = t.testdir({ 'store.yaml': 'ssm: {/a: canary-of-aws}', 'no-key.pem': 'hunter2' });
const { key } = writeKey(folder);
const storeFile = join(folder, 'store.yaml');
const [{ certificate } = { certificate: '' }] = fixtureKeys();

async function sealed(scope: Scope): Promise<string> {
  const label = labelOf({ scope, namespace: 'shop', name: 'a' });
  return `sealed:${await sealValue(new TextEncoder().encode(CANARY), label, createPublicKey(certificate))}`;
}

async function rendered(annotations: object, ...args: readonly string[]) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'shop', annotations },
    spec: { containers: [{ name: 'app', image: 'app:1' }] },
  };
  return await runCommand(render, ['-f', '-', '--region', 'eu-central-1', ...args], JSON.stringify(pod));
}

/** What the managed Secret holds, as it was printed. */
function secretIn(stdout: string): unknown {
  const objects = parseAllDocuments(stdout).map((document): unknown => document.toJS());
  return objects.find((object) => (object as { kind?: unknown } | null)?.kind === 'Secret');
}

t.test('a value is opened for the namespace of the pod, and shown only where that is asked', async (t) => {
  const annotations = { 'latchkey.dev/env.A': await sealed('namespace-wide') };

  const hidden = await rendered(annotations, '--private-key', key);
  const shown = await rendered(annotations, '--private-key', key, '--show-values');

  t.equal(hidden.code, 0);
  t.notMatch(hidden.stdout, CANARY);
  t.notMatch(hidden.stdout, Buffer.from(CANARY).toString('base64'));
  t.match(secretIn(hidden.stdout), { stringData: { 'env.A': '[redacted]' } });
  t.match(secretIn(shown.stdout), { data: { 'env.A': Buffer.from(CANARY).toString('base64') } });
  t.notMatch(hidden.stderr, 'role', 'no role is needed');
});

t.test('without a key the reference stays', async (t) => {
  const reference = await sealed('namespace-wide');

  const { code, stdout } = await rendered({ 'latchkey.dev/env.A': reference });

  t.equal(code, 0);
  t.match(secretIn(stdout), { stringData: { 'env.A': reference } });
});

for (const scope of ['strict', 'cluster-wide'] as const) {
  t.test(`a value that was sealed ${scope} is refused, as by the webhook`, async (t) => {
    const { code, stderr } = await rendered(
      { 'latchkey.dev/env.A': await sealed(scope) },
      ...['--private-key', key],
    );

    t.equal(code, 1);
    t.match(stderr, /none of 1 sealing key .* opens it \(namespace-wide, for shop\) \[LK-SEALED\]/);
    t.notMatch(stderr, CANARY);
  });
}

t.test('a value that was sealed cluster-wide opens where the operator allows it', async (t) => {
  const { code } = await rendered(
    { 'latchkey.dev/env.A': await sealed('cluster-wide') },
    ...['--private-key', key, '--allow-cluster-wide'],
  );

  t.equal(code, 0);
});

t.test('beside values of AWS both a store file and a key are needed; with neither both stay', async (t) => {
  const reference = await sealed('namespace-wide');
  const annotations = { 'latchkey.dev/env.A': reference, 'latchkey.dev/env.B': 'ssm:/a' };

  const both = await rendered(annotations, '--private-key', key, '--store-file', storeFile, '--show-values');
  const onlyKey = await rendered(annotations, '--private-key', key);
  const onlyStore = await rendered(annotations, '--store-file', storeFile);

  t.match(Object.keys((secretIn(both.stdout) as { data: object }).data), ['env.A', 'env.B']);
  t.match(secretIn(onlyKey.stdout), { stringData: { 'env.A': reference, 'env.B': 'ssm:/a' } });
  t.equal(onlyStore.code, 1);
  t.match(onlyStore.stderr, 'Give the sealing keys: --private-key FILE.');
});

t.test('a manifest to apply holds the value, which must be asked for', async (t) => {
  const annotations = { 'latchkey.dev/env.A': await sealed('namespace-wide') };
  const args = ['-o', 'manifest', '--private-key', key];

  const { code, stdout } = await rendered(annotations, ...args, '--show-values');

  await t.rejects(rendered(annotations, ...args), UsageError);
  t.equal(code, 0);
  t.match(secretIn(stdout), { data: { 'env.A': Buffer.from(CANARY).toString('base64') } });
});

t.test('a file without a key is named, and nothing of its content', async (t) => {
  const rendering = rendered({}, '--private-key', join(folder, 'no-key.pem'));

  const error: unknown = await rendering.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

  t.match(error, { code: 'LK-CONFIG', message: /no-key\.pem/ });
  t.notMatch(String(error), 'hunter2');
});
