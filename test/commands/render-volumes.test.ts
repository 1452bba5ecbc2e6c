import { join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';

import * as render from '../../src/commands/render.ts';
import { applied } from '../support/admission-client.ts';
import { startAdoption } from '../support/adoption.ts';
import { podOf, REGION } from '../support/installation.ts';
import { SECRET_PROVIDER_CLASS } from '../support/kubernetes-double-custom.ts';
import { runCommand } from '../support/run-command.ts';

type Json = Record<string, unknown>;

const ROLE = 'arn:aws:iam::111122223333:role/app';
const SPEC = {
  provider: 'aws',
  parameters: { objects: '- { objectName: shop/db, objectType: secretsmanager, objectAlias: db }' },
};
const CLASS = {
  apiVersion: 'secrets-store.csi.x-k8s.io/v1',
  kind: 'SecretProviderClass',
  metadata: { name: 'shop', namespace: 'shop' },
  spec: SPEC,
};
const CSI = {
  driver: 'secrets-store.csi.k8s.io',
  readOnly: true,
  volumeAttributes: { secretProviderClass: 'shop' },
};

function mounting(annotations: Readonly<Record<string, string>> = {}): Json {
  const volumeMounts = [{ name: 'secrets', mountPath: '/mnt', readOnly: true }];
  return podOf({
    annotations,
    spec: {
      serviceAccountName: 'app',
      volumes: [{ name: 'secrets', csi: CSI }],
      containers: [{ name: 'app', image: 'app:1', volumeMounts }],
    },
  });
}

function input(...objects: readonly Json[]): string {
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}

const renderText = (text: string, args: readonly string[] = []) =>
  runCommand(render, ['-f', '-', '--region', REGION, ...args], text);

t.test('the patch for a volume is the very one that the server returns', async (t) => {
  const shop = await startAdoption();
  t.teardown(() => shop.close());
  shop.account('app');
  shop.kubernetes.custom.put(
    SECRET_PROVIDER_CLASS,
    { namespace: 'shop', name: 'shop' },
    { rest: { spec: SPEC } },
  );
  const pod = mounting();

  const answer = await shop.review(pod);
  const { code, stdout, stderr } = await renderText(input(CLASS, pod), [
    ...['--role-arn', ROLE, '--aws-endpoint-url', shop.aws.url, '-o', 'yaml'],
  ]);

  t.equal(code, 0, stderr);
  const [rendered] = parseAllDocuments(stdout).map((document): unknown => document.toJS());
  t.strictSame((rendered as Json)['spec'], applied(pod, answer)['spec']);
});

t.test('with values and delivery secret, the managed Secret is beside the pod', async (t) => {
  const directory = t.testdir({ 'store.yaml': 'secretsmanager: { shop/db: canary }\n' });
  const pod = mounting({ 'latchkey.dev/delivery': 'secret' });

  const { code, stdout, stderr } = await renderText(input(CLASS, pod), [
    ...['--store-file', join(directory, 'store.yaml'), '-o', 'yaml'],
  ]);

  t.equal(code, 0, stderr);
  t.match(stdout, /file\.secrets_2fdb: /);
  t.match(stdout, /path: db/);
  t.notMatch(stdout, /canary/);
});

t.test('a class that is not in the input, and a namespace without the label, change nothing', async (t) => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

  const without = await renderText(input(mounting()));
  const unlabelled = await renderText(input(namespace, CLASS, mounting()));

  for (const { code, stderr } of [without, unlabelled]) {
    t.equal(code, 0, stderr);
    t.match(stderr, /unchanged/);
  }
});

t.test('a class that is wrong refuses the pod', async (t) => {
  const wrong = { ...CLASS, spec: { ...SPEC, parameters: { objects: 'a: b' } } };

  const { code, stderr } = await renderText(input(wrong, mounting()));

  t.equal(code, 1);
  t.match(
    stderr,
    /refused: Pod shop\/alone: SecretProviderClass "shop", spec.parameters.objects.*LK-DEFINITION/,
  );
});
