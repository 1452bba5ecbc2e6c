import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { manifestsIn, openManifest, runSeal, writeKey } from '../../support/sealing.ts';
import { startKubernetesDouble } from '../../support/kubernetes-double.ts';
import { keySecret, privateKeys } from '../../support/sealing-keys.ts';

const CANARY = 'canary-66f0-hunter2';
const double = await startKubernetesDouble();
t.teardown(() => double.close());
const folder = t.testdir();
const old = writeKey(folder, 2048);
const fresh = writeKey(folder, 4096);
const cluster = ['--kubeconfig', double.kubeconfig];
const SERVICES = '/api/v1/namespaces/kube-system/services';
const PROXY = `${SERVICES}/http:sealed-secrets-controller:http/proxy`;
const missing = {
  kind: 'answer',
  status: 404,
  body: { kind: 'Status', status: 'Failure', code: 404 },
} as const;

function answer(status: number, body: unknown, headers = {}) {
  return { kind: 'answer', status, body, headers } as const;
}

t.beforeEach(() => {
  double.clearFaults();
  double.resetCalls();
  double.fault(SERVICES, missing);
  double.fault(
    `GET ${SERVICES}/sealed-secrets-controller`,
    answer(200, { kind: 'Service', spec: { ports: [{ name: 'http' }] } }),
  );
  double.fault(`GET ${PROXY}/v1/cert.pem`, answer(200, readFileSync(fresh.cert, 'utf8')));
});

function sealed(name = 'db'): Promise<string> {
  const metadata = { name, namespace: 'shop' };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: CANARY } };
  return runSeal(['--cert', old.cert, '-o', 'yaml'], JSON.stringify(secret)).then(({ stdout }) => stdout);
}

t.test("the cluster's certificate seals where no other is named", async (t) => {
  const args = ['--raw', '--scope', 'cluster-wide', ...cluster];

  const said = await runSeal([...args, '--cert', 'cluster'], CANARY);
  const unsaid = await runSeal(args, CANARY);

  t.match(said.stdout, /^Ag/, '4096 bits');
  t.match(unsaid.stdout, /^Ag/);
});

t.test("the Service of sealed-secrets' Helm chart is found under its other name", async (t) => {
  double.fault(`GET ${SERVICES}/sealed-secrets-controller`, missing);
  double.fault(`GET ${SERVICES}/sealed-secrets`, answer(200, { kind: 'Service', spec: { ports: [{}] } }));
  double.fault(`GET ${SERVICES}/sealed-secrets-controller`, missing);
  double.fault(
    `GET ${SERVICES}/http:sealed-secrets:/proxy/v1/cert.pem`,
    answer(200, readFileSync(fresh.cert, 'utf8')),
  );

  const { stdout } = await runSeal(['cert', ...cluster]);

  t.equal(stdout.trim(), readFileSync(fresh.cert, 'utf8').trim());
});

t.test('no such Service is said with both names, and one that was named with its own', async (t) => {
  double.fault('/services', missing);

  await t.rejects(runSeal(['cert', ...cluster]), {
    code: 'LK-KUBERNETES',
    message:
      'there is no Service "sealed-secrets-controller" or "sealed-secrets" or "latchkey-sealing" in namespace "kube-system" or "latchkey"',
  });
  await t.rejects(
    runSeal(['cert', ...cluster, '--controller-name', 'sealer', '--controller-namespace', 'infra']),
    /no Service "sealer" in namespace "infra"/,
  );
});

t.test('a controller that answers nonsense, or is away, is no certificate', async (t) => {
  double.fault(`GET ${PROXY}/v1/cert.pem`, answer(200, 'hello'), 1);
  await t.rejects(runSeal(['cert', ...cluster]), /holds no certificate/);

  const status = { kind: 'Status', reason: 'ServiceUnavailable', message: CANARY };
  double.fault(`GET ${PROXY}/v1/cert.pem`, answer(503, status));
  await t.rejects(runSeal(['cert', ...cluster]), {
    code: 'LK-KUBERNETES',
    message: /services\/proxy \(503 ServiceUnavailable\)/,
  });
});

t.test('verify asks the controller, with nothing but sealed values', async (t) => {
  const text = (await sealed()).replace('template:', 'template:\n    data: {a: "{{ .password }}"}');
  double.fault(`POST ${PROXY}/v1/verify`, answer(200, ''));
  const fine = await runSeal(['verify', ...cluster], text);
  double.fault(`POST ${PROXY}/v1/verify`, answer(409, ''));
  const wrong = await runSeal(['verify', ...cluster], text);

  t.equal(fine.code, 0);
  t.match(fine.stdout, 'SealedSecret shop/db: opens');
  t.equal(wrong.code, 1);
  t.match(wrong.stdout, /the cluster's controller does not open it \[LK-SEALED\]/);
});

t.test('a controller that is asked too often is waited for', async (t) => {
  double.fault(`POST ${PROXY}/v1/verify`, answer(200, ''));
  double.fault(`POST ${PROXY}/v1/verify`, answer(429, '', { 'retry-after': '0' }), 4);

  const { code } = await runSeal(['verify', ...cluster], await sealed());

  t.equal(code, 0);
});

t.test(
  're-encrypt without private keys takes the values that the controller sealed anew, and nothing else',
  async (t) => {
    const tree = t.testdir({ 'db.yaml': await sealed() });
    const file = join(tree, 'db.yaml');
    const before = readFileSync(file, 'utf8');
    const [manifest] = manifestsIn(before);
    const anew = await runSeal(['--raw', '--cert', fresh.cert, '-n', 'shop', '--name', 'db'], CANARY);
    double.fault(
      `POST ${PROXY}/v1/rotate`,
      answer(200, {
        ...manifest,
        metadata: { name: 'evil' },
        spec: { encryptedData: { password: anew.stdout.trim(), more: 'x' } },
      }),
    );

    const { code, stderr } = await runSeal(['re-encrypt', tree, ...cluster]);

    t.equal(code, 0, stderr);
    const after = readFileSync(file, 'utf8');
    t.equal(after.replace(/password: \S+/, ''), before.replace(/password: \S+/, ''));
    const [changed] = manifestsIn(after);
    t.same(changed && (await openManifest(changed)), { password: CANARY });
  },
);

t.test('a SealedSecret that the controller does not open stays as it is', async (t) => {
  const text = await sealed();
  const tree = t.testdir({ 'db.yaml': text });
  double.fault(`POST ${PROXY}/v1/rotate`, answer(500, ''));

  const { code, stderr } = await runSeal(['re-encrypt', tree, ...cluster]);

  t.equal(code, 1);
  t.match(stderr, "the cluster's controller does not open it");
  t.equal(readFileSync(join(tree, 'db.yaml'), 'utf8'), text);
});

t.test('the keys of the cluster are read by their label, and broken ones are named', async (t) => {
  const [key] = privateKeys(1);
  if (key === undefined) throw new Error('no key');
  const secrets = '/api/v1/namespaces/kube-system/secrets';
  const good = await keySecret(key, { name: 'good', notBefore: '2026-01-01T00:00:00Z' });
  const broken = { ...good, metadata: { ...good.metadata, name: 'broken' }, data: { 'tls.key': 'YQ==' } };
  double.fault(`GET ${secrets}`, answer(200, { kind: 'SecretList', metadata: {}, items: [good, broken] }));
  double.fault(`GET ${secrets}/sealed-secrets-key`, missing);
  writeFileSync(join(folder, 'db.yaml'), await sealed());

  const cert = await runSeal(['cert', '--private-key', 'cluster', ...cluster]);
  const verified = await runSeal(['verify', '--private-key', 'cluster', ...cluster], await sealed());

  t.match(cert.stdout, 'BEGIN CERTIFICATE');
  t.match(cert.stderr, 'warning: sealing key kube-system/broken holds no private key');
  t.equal(verified.code, 1);
  t.match(verified.stdout, 'none of 1 sealing key');
});

t.test('without the right to read the keys, the right that is missing is named', async (t) => {
  const status = { kind: 'Status', message: 'secrets is forbidden: User "x" cannot list resource "secrets"' };
  double.fault('GET /api/v1/namespaces/kube-system/secrets', answer(403, status));

  await t.rejects(runSeal(['verify', '--private-key', 'cluster', ...cluster], await sealed()), {
    code: 'LK-KUBERNETES',
    message: 'Latchkey may not list secrets in namespace "kube-system" (403)',
  });
});
