import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { openText, runSeal, writeKey, manifestsIn, openManifest } from '../../support/sealing.ts';
import { fixtureKeys } from '../../support/sealing-keys.ts';

const CANARY = 'canary-42aa-hunter2';
const keys = t.testdir();
const old = writeKey(keys, 2048);
const fresh = writeKey(keys, 4096);

async function sealedText(name: string, cert = old.cert): Promise<string> {
  const metadata = { name, namespace: 'shop' };
  const stringData = { password: CANARY, user: 'app' };
  const secret = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata, stringData });
  return (await runSeal(['--cert', cert, '-o', 'yaml'], secret)).stdout;
}

/** Of the size of which key each value of a file is. */
async function sizesIn(file: string): Promise<readonly number[]> {
  const sizes: number[] = [];
  for (const { metadata, spec } of manifestsIn(readFileSync(file, 'utf8')))
    for (const text of Object.values(spec.encryptedData))
      sizes.push((await openText(text, { scope: 'strict', namespace: 'shop', name: metadata.name })).bits);
  return sizes;
}

t.test('every value of a tree is sealed with the new certificate, and nothing else changes', async (t) => {
  const text = `# kept\n${await sealedText('db')}`;
  const folder = t.testdir({
    a: { 'db.yaml': text, 'other.yaml': 'kind: Deployment\n' },
    'list.json': JSON.stringify({
      kind: 'List',
      apiVersion: 'v1',
      items: manifestsIn(await sealedText('cache')),
    }),
    'chart.yaml': 'name: {{ .Values.name }}\n',
  });

  const { code, stderr } = await runSeal([
    're-encrypt',
    folder,
    '--private-key',
    old.key,
    '--cert',
    fresh.cert,
  ]);

  t.equal(code, 0, stderr);
  t.match(stderr, '[1/4]');
  t.match(stderr, 'SealedSecrets: 2 sealed anew, 0 already with the newest key, 0 left as they are');
  t.same(await sizesIn(join(folder, 'a/db.yaml')), [4096, 4096]);
  const [manifest] = manifestsIn(readFileSync(join(folder, 'a/db.yaml'), 'utf8'));
  t.same(manifest && (await openManifest(manifest)), { password: CANARY, user: 'app' });
  const changed = readFileSync(join(folder, 'a/db.yaml'), 'utf8');
  t.equal(changed.replaceAll(/: A\S+/g, ''), text.replaceAll(/: A\S+/g, ''));
  t.notMatch(stderr, CANARY);
});

t.test('what the newest key sealed stays as it is, byte for byte', async (t) => {
  const text = await sealedText('db', fresh.cert);
  const folder = t.testdir({ 'db.yaml': text });

  const { stderr } = await runSeal([
    're-encrypt',
    folder,
    '--private-key',
    fresh.key,
    '--private-key',
    old.key,
    '--cert',
    fresh.cert,
  ]);

  t.match(stderr, '0 sealed anew, 1 already with the newest key');
  t.equal(readFileSync(join(folder, 'db.yaml'), 'utf8'), text);
});

t.test('a SealedSecret that does not open whole stays whole, and the others go on', async (t) => {
  const good = await sealedText('db');
  const [manifest] = manifestsIn(await sealedText('half'));
  const data = {
    ...manifest?.spec.encryptedData,
    foreign: manifestsIn(await sealedText('x'))[0]?.spec.encryptedData['user'],
  };
  const half = JSON.stringify({ ...manifest, spec: { ...manifest?.spec, encryptedData: data } });
  const folder = t.testdir({ 'a.yaml': half, 'b.yaml': good, 'c.yaml': 'kind: SealedSecret\na: [' });

  const { code, stderr } = await runSeal([
    're-encrypt',
    folder,
    '--private-key',
    old.key,
    '--cert',
    fresh.cert,
  ]);

  t.equal(code, 1);
  t.equal(readFileSync(join(folder, 'a.yaml'), 'utf8'), half);
  t.same(await sizesIn(join(folder, 'b.yaml')), [4096, 4096]);
  t.match(
    stderr,
    /a\.yaml:1: error: SealedSecret shop\/half: .*none of 1 sealing key .* opens it \(strict, for shop\/half\) \[LK-SEALED\]/,
  );
  t.match(stderr, /c\.yaml:2: error: .*not valid YAML/);
  t.match(stderr, '1 sealed anew, 0 already with the newest key, 2 left as they are');
});

t.test(
  'a backup of the sealing keys opens and says the newest certificate, but of no compromised key',
  async (t) => {
    const items = fixtureKeys().map(({ bits, privateKey, certificate }) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: `key-${String(bits)}`,
        namespace: 'kube-system',
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': bits === 2048 ? 'compromised' : 'active' },
      },
      data: { 'tls.key': base64(privateKey), ...(bits === 3072 ? {} : { 'tls.crt': base64(certificate) }) },
    }));
    const folder = t.testdir({ 'db.yaml': await sealedText('db') });
    const backup = join(keys, 'master.key');
    writeFileSync(backup, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));

    const { code, stderr } = await runSeal(['re-encrypt', folder, '--private-key', backup]);
    const verified = await runSeal(['verify', '-f', folder, '--private-key', backup]);

    t.equal(code, 0, stderr);
    t.same(await sizesIn(join(folder, 'db.yaml')), [4096, 4096]);
    t.equal(verified.code, 0);
  },
);

t.test('private keys without a certificate need --cert', async (t) => {
  const folder = t.testdir({ 'db.yaml': await sealedText('db') });

  await t.rejects(runSeal(['re-encrypt', folder, '--private-key', old.key]), /--cert is missing/);
});

for (const [what, content] of [
  ['nothing', ''],
  ['a certificate', fixtureKeys()[0]?.certificate ?? ''],
  ['nonsense', `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----\n`],
  ['a Secret without a key', `kind: Secret\nmetadata: {name: x}\ndata: {a: ${CANARY}}\n`],
] as const) {
  t.test(`a key file that holds ${what} is refused by name`, async (t) => {
    const folder = t.testdir({ 'key.pem': content });

    await t.rejects(runSeal(['verify', '--private-key', join(folder, 'key.pem')], 'kind: SealedSecret'), {
      code: 'LK-CONFIG',
      message: /^no sealing key can be read from "[^"]*key\.pem": (?!.*canary)/,
    });
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
