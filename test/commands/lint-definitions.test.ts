import { join } from 'node:path';
import t from 'tap';

import * as lint from '../../src/commands/lint.ts';
import { runCommand } from '../support/run-command.ts';

const ARTICLES = join(import.meta.dirname, '../fixtures/definitions/articles');

async function lintText(text: string, args: readonly string[] = []) {
  const result = await runCommand(lint, ['-f', '-', ...args], text);
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  return { ...result, lines: lines.map((line) => line.replace(/^-:/, '')) };
}

function definition(apiVersion: string, kind: string, spec: string, annotations = '{}'): string {
  return `---
apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: db, namespace: shop, annotations: ${annotations} }
spec:
  ${spec}
`;
}

const kes = (spec: string, annotations?: string) =>
  definition('kubernetes-client.io/v1', 'ExternalSecret', spec, annotations);
const eso = (spec: string, annotations?: string) =>
  definition('external-secrets.io/v1', 'ExternalSecret', spec, annotations);
const sealed = (spec: string) => definition('bitnami.com/v1alpha1', 'SealedSecret', spec);
const store = (spec: string, kind = 'SecretStore') => definition('external-secrets.io/v1', kind, spec);

const KES = '{ backendType: systemManager, data: [{ key: /shop/db, name: password }] }';
const ESO = '{ secretStoreRef: { name: db }, data: [{ secretKey: password, remoteRef: { key: shop/db } }] }';
const STORE = '{ provider: { aws: { service: SecretsManager } } }';
const SEALED = '{ encryptedData: { password: AgBy3i4O } }';

t.test('definitions of every kind are clean, with their stores in the input or not', async (t) => {
  const result = await lintText(kes(KES) + eso(ESO) + sealed(SEALED) + store(STORE));
  const alone = await lintText(eso(ESO));

  t.match(result, { code: 0, lines: [] });
  t.match(alone, { code: 0, lines: [] });
});

t.test('what people wrote is clean as printed', async (t) => {
  const { code, stdout } = await runCommand(lint, ['-f', ARTICLES]);

  t.equal(code, 0, stdout);
});

for (const [what, text, expected] of [
  [
    'a field of KES that is not known',
    kes(KES.replace('data:', 'datas: [], data:')),
    /^6: error: ExternalSecret shop\/db: .*spec\.datas.*LK-DEFINITION/,
  ],
  [
    'a template of KES that does what none may',
    kes(`
  backendType: systemManager
  data: [{ key: /shop/db, name: password }]
  template:
    stringData:
      url: <% while (true) {} %>`),
    /^11: error: .*stringData.*LK-TEMPLATE/,
  ],
  [
    'a function that ESO has and Latchkey has not',
    eso(`
  secretStoreRef: { name: db }
  target:
    template:
      data:
        url: '{{ env "HOME" }}'
  data: [{ secretKey: password, remoteRef: { key: shop/db } }]`),
    /^11: error: .*"env".*LK-TEMPLATE/,
  ],
  [
    'a SealedSecret of the first form',
    sealed('{ data: AgBy3i4O }'),
    /^6: error: SealedSecret shop\/db: .*spec\.data.*LK-DEFINITION/,
  ],
  [
    'a name that AWS cannot have, in the store that the input has',
    eso(ESO.replace('shop/db', '/shop/a b')) + store(STORE.replace('SecretsManager', 'ParameterStore')),
    /^6: error: ExternalSecret shop\/db: .*no parameter name.*LK-SYNTAX/,
  ],
] as const) {
  t.test(`${what} is found at its line`, async (t) => {
    const { code, lines } = await lintText(text);

    t.match(lines, [expected]);
    t.equal(code, 1);
  });
}

t.test('a wrong store is told once, and what reads from it is read without it', async (t) => {
  const { lines } = await lintText(eso(ESO) + store('{ provider: { aws: { service: SecretManager } } }'));

  t.match(lines, [/^12: error: SecretStore shop\/db: .*service.*LK-DEFINITION/]);
  t.equal(lines.length, 1);
});

t.test('what other providers hold is not looked at', async (t) => {
  const { code, lines } = await lintText(
    kes('{ backendType: vault, vaultRole: shop }') +
      eso(ESO) +
      store('{ provider: { vault: { server: "https://vault.example.com" } } }'),
  );

  t.strictSame(lines, []);
  t.equal(code, 0);
});

t.test('what adds to a Secret of something else is not looked at', async (t) => {
  const { lines } = await lintText(
    eso(ESO.replace('{ secretStoreRef', '{ target: { creationPolicy: Merge }, secretStoreRef')),
  );

  t.strictSame(lines, []);
});

t.test("a namespace of the input decides, and one that is not there is nobody's reason", async (t) => {
  const clusterStore = store(
    '{ provider: { aws: { service: SecretsManager } }, conditions: [{ namespaceSelector: { matchLabels: { team: shop } } }] }',
    'ClusterSecretStore',
  );
  const text = eso(ESO.replace('{ name: db }', '{ name: db, kind: ClusterSecretStore }')) + clusterStore;
  const namespace = `---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations: { externalsecrets.kubernetes-client.io/permitted-key-name: /other/.* }
`;

  const unknown = await lintText(text + kes(KES));
  const known = await lintText(text + kes(KES) + namespace);

  t.strictSame(unknown.lines, []);
  t.match(known.lines.join('\n'), /ClusterSecretStore "db".*LK-POLICY/);
  t.match(known.lines.join('\n'), /\/shop\/db.*LK-POLICY/);
});

t.test('types of Secrets are those that the operator allows', async (t) => {
  const text = sealed(`{ encryptedData: {}, template: { type: kubernetes.io/service-account-token } }`);

  const refused = await lintText(text);
  const allowed = await lintText(text, ['--allow-secret-types', 'kubernetes.io/service-account-token']);

  t.match(refused.lines, [/LK-POLICY/]);
  t.strictSame(allowed.lines, []);
});

t.test('a mark that marks nothing is found', async (t) => {
  const mark = (value: string, key = 'materialize') => `{ latchkey.dev/${key}: ${value} }`;
  const providerClass = `---
apiVersion: secrets-store.csi.x-k8s.io/v1
kind: SecretProviderClass
metadata: { name: files, namespace: shop, annotations: ${mark('"true"')} }
spec: { provider: aws, parameters: { objects: "- { objectName: a, objectType: secretsmanager }" } }
`;

  const right = await lintText(eso(ESO, mark('"true"')) + kes(KES, mark('"false"')));
  const word = await lintText(eso(ESO, mark('"yes"')));
  const noText = await lintText(eso(ESO, mark('true')));
  const unknown = await lintText(eso(ESO, mark('shop', 'env.A')));
  const ofClass = await lintText(providerClass);

  t.strictSame(right.lines, []);
  t.match(word.lines, [/^4: error: .*"yes" marks nothing.*LK-UNKNOWN/]);
  t.match(noText.lines, [/^4: error: .*LK-SYNTAX.*quotes/]);
  t.match(unknown.lines, [/^4: error: .*not known on a definition.*LK-UNKNOWN/]);
  t.match(ofClass.lines, [/^4: error: .*pods alone.*LK-UNKNOWN/]);
});

t.test('a patch of kustomize is no definition', async (t) => {
  const directory = t.testdir({
    'kustomization.yaml': 'resources: [db.yaml]\npatches: [{ path: patch.yaml }]\n',
    'db.yaml': kes(KES),
    'patch.yaml': kes('{ region: eu-west-1 }'),
  });

  const { code, stdout } = await runCommand(lint, ['-f', directory]);

  t.equal(code, 0, stdout);
});

t.test('text of a definition never breaks out, and no sealed or templated text is repeated', async (t) => {
  const { stdout } = await lintText(
    sealed('{ encryptedData: { "a\\u001b[2Jb": canary-one }, canary: "\\u001b[2J" }') +
      kes('{ backendType: systemManager, template: { stringData: { a: "<%= canary-two( %>" } } }') +
      kes('{ backendType: "\\u001b[2J", data: 5 }'),
  );

  t.notMatch(stdout, '\u001b');
  t.notMatch(stdout, /canary-one|canary-two/);
});
