import t from 'tap';

import * as lint from '../../src/commands/lint.ts';
import { runCommand } from '../support/run-command.ts';

async function lintText(text: string, args: readonly string[] = []) {
  const result = await runCommand(lint, ['-f', '-', ...args], text);
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  return { ...result, lines: lines.map((line) => line.replace(/^-:/, '')) };
}

const providerClass = (objects: string, rest = '', provider = 'aws') => `---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: shop, namespace: shop }
spec:
  provider: ${provider}
  parameters:
    region: eu-west-1
    objects: |
${objects.replaceAll(/^/gm, '      ')}
${rest}`;

const pod = (annotations = '{}') => `---
apiVersion: v1
kind: Pod
metadata: { name: app, namespace: shop, annotations: ${annotations} }
spec:
  serviceAccountName: app
  volumes:
    - name: secrets
      csi: { driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: { secretProviderClass: shop } }
  containers:
    - { name: app, image: app, volumeMounts: [{ name: secrets, mountPath: /mnt }] }
`;

const RIGHT =
  '- { objectName: shop/db, objectType: secretsmanager, jmesPath: [{ path: user, objectAlias: user }] }';

t.test('a class and a pod that mounts it are clean', async (t) => {
  const { code, lines } = await lintText(providerClass(RIGHT) + pod());

  t.strictSame(lines, []);
  t.equal(code, 0);
});

t.test('what is wrong with a class is found without a pod, at the line of its field', async (t) => {
  const { code, lines } = await lintText(
    providerClass(
      `- { objectName: /a, objectType: ssmparameter, objectAlias: ../a, jmesPath: [{ path: a, objectAlias: x }] }`,
    ),
  );
  const expression = await lintText(
    providerClass(
      `- { objectName: /a, objectType: ssmparameter, jmesPath: [{ path: "a[", objectAlias: x }, { path: "[@,@]${'|[@,@]'.repeat(9)}", objectAlias: y }] }`,
      '  secretObjects:\n    - { secretName: db, type: Opaque, data: [{ objectName: none, key: a }] }\n',
    ),
  );

  t.equal(code, 1);
  t.match(lines, [/^9: error: SecretProviderClass shop\/shop: .*objects\[0\].*LK-NAME/]);
  t.match(expression.lines, [
    /^9: .*LK-SYNTAX/,
    /^9: .*LK-LIMIT/,
    /^12: .*secretObjects\[0\].*LK-DEFINITION/,
  ]);
});

t.test('a failover region is not taken for the region of a server that nobody named', async (t) => {
  const regions = (failover: string) =>
    providerClass(RIGHT).replace('region: eu-west-1', `failoverRegion: ${failover}`);

  const assumed = await lintText(regions('us-east-1') + pod());
  const ofChina = await lintText(regions('cn-north-1'));
  const named = await lintText(regions('us-east-1'), ['--region', 'us-east-1']);
  const wrong = await lintText(regions('mars'));

  t.strictSame(assumed.lines, []);
  t.strictSame(ofChina.lines, []);
  t.match(named.lines, [/^8: .*LK-REGION/]);
  t.match(wrong.lines, [/^8: .*LK-REGION/]);
});

t.test('a class of another provider is not looked at', async (t) => {
  const { code, lines } = await lintText(providerClass('array: []', '', 'vault') + pod());

  t.strictSame(lines, []);
  t.equal(code, 0);
});

t.test('a pod that cannot have its volumes is told why, and the namespace’s narrowing holds', async (t) => {
  const namespace = `apiVersion: v1
kind: Namespace
metadata: { name: shop, annotations: { latchkey.dev/permitted-names: "secretsmanager:other/**" } }
`;

  const plaintext = await lintText(providerClass(RIGHT) + pod('{ latchkey.dev/delivery: plaintext }'));
  const denied = await lintText(namespace + providerClass(RIGHT) + pod());

  t.match(plaintext.lines.join(), /Pod shop\/app: delivery plaintext: .*LK-PLAINTEXT/);
  t.match(denied.lines.join(), /Pod shop\/app: .*LK-POLICY/);
  t.equal(denied.code, 1);
});
