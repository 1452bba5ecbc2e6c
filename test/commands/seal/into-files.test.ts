import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { UsageError } from '../../../src/config/usage-error.ts';
import { LatchkeyError } from '../../../src/errors.ts';
import { manifestsIn, openManifest, openText, runSeal, writeKey } from '../../support/sealing.ts';

const CANARY = 'canary-11d7-hunter2';
const OTHER = 'sealedsecrets.bitnami.com/namespace-wide';
const { cert } = writeKey(t.testdir());

const FILE = `# the database of the shop
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  namespace: shop
  annotations:
    ${OTHER}: "true"   # may move within shop
spec:
  encryptedData:
    password: AgBold  # of the app
  template:
    type: Opaque
`;

/** A folder to be made, with one file. */
function holding(text: string): { 'sealed.yaml': string } {
  return { 'sealed.yaml': text };
}

function fileIn(folder: string): string {
  return join(folder, 'sealed.yaml');
}

async function valuesOf(file: string): Promise<Record<string, string>> {
  const [manifest] = manifestsIn(readFileSync(file, 'utf8'));
  return manifest === undefined ? {} : await openManifest(manifest);
}

t.test('--raw seals standard input byte for byte, and prints the ciphertext alone', async (t) => {
  const args = ['--raw', '--cert', cert, '--namespace', 'shop', '--name', 'db'];

  const { code, stdout, stderr } = await runSeal(args, CANARY);

  t.equal(code, 0);
  t.equal(stderr, '');
  t.match(stdout, /^A[A-Za-z0-9+/]+=*\n$/);
  t.equal((await openText(stdout, { scope: 'strict', namespace: 'shop', name: 'db' })).text, CANARY);
});

t.test('--raw wants to know for whom it seals, and nothing more', async (t) => {
  const wide = await runSeal(['--raw', '--cert', cert, '--scope', 'cluster-wide'], CANARY);
  const narrower = await runSeal(
    ['--raw', '--cert', cert, '--scope', 'namespace-wide', '-n', 'shop'],
    CANARY,
  );

  t.equal((await openText(wide.stdout, { scope: 'cluster-wide', namespace: 'x', name: 'y' })).text, CANARY);
  t.equal(
    (await openText(narrower.stdout, { scope: 'namespace-wide', namespace: 'shop', name: 'y' })).text,
    CANARY,
  );
  await t.rejects(
    runSeal(['--raw', '--cert', cert], CANARY),
    /--namespace is missing[\s\S]*--name is missing/,
  );
  await t.rejects(runSeal(['--raw', '--cert', cert, '-n', 'shop'], CANARY), /--name is missing/);
  await t.rejects(runSeal(['--raw', '--cert', cert, '-n', 'Shop', '--name', 'db'], CANARY), UsageError);
});

t.test('--raw warns about a line break at the end, and keeps it', async (t) => {
  const { stdout, stderr } = await runSeal(
    ['--raw', '--cert', cert, '--scope', 'cluster-wide'],
    `${CANARY}\n`,
  );

  t.match(stderr, 'ends in a line break');
  t.equal((await openText(stdout, { scope: 'cluster-wide', namespace: '', name: '' })).text, `${CANARY}\n`);
});

t.test('--raw refuses no value, and one that no Secret holds', async (t) => {
  const args = ['--raw', '--cert', cert, '--scope', 'cluster-wide'];

  await t.rejects(runSeal(args, ''), /holds no value/);
  await t.rejects(runSeal(args, 'x'.repeat(1_048_577)), /more than 1 MiB/);
});

t.test('set replaces one value in the scope of the file, and every other character stays', async (t) => {
  const file = fileIn(t.testdir(holding(FILE)));
  chmodSync(file, 0o640);

  const { code, stderr } = await runSeal(['set', file, 'password', '--cert', cert], CANARY);

  t.equal(code, 0);
  t.match(stderr, 'replaced password of SealedSecret shop/db, namespace-wide');
  const after = readFileSync(file, 'utf8');
  t.equal(after.replace(/password: \S+/, 'password: AgBold'), FILE);
  t.same(await valuesOf(file), { password: CANARY });
  t.equal(statSync(file).mode & 0o777, 0o640);
  t.equal(readdirSync(join(file, '..')).length, 1);
});

t.test('set adds a key, also where there is none yet', async (t) => {
  const file = fileIn(
    t.testdir(holding(FILE.replace(/ {2}encryptedData:[\s\S]*?# of the app\n/, '  encryptedData: {}\n'))),
  );

  await runSeal(['set', file, 'tls.key', '--cert', cert], CANARY);
  const { stderr } = await runSeal(['set', file, 'tls.crt', '--cert', cert], 'two');

  t.match(stderr, 'added tls.crt');
  t.same(await valuesOf(file), { 'tls.key': CANARY, 'tls.crt': 'two' });
});

t.test('set goes through a link, which stays one', async (t) => {
  const file = fileIn(t.testdir(holding(FILE)));
  const link = join(file, '..', 'link.yaml');
  symlinkSync(file, link);

  await runSeal(['set', link, 'password', '--cert', cert], CANARY);

  t.ok(lstatSync(link).isSymbolicLink());
  t.same(await valuesOf(file), { password: CANARY });
});

t.test('of several SealedSecrets one is chosen by name', async (t) => {
  const text = `${FILE}---\n${FILE.replace('name: db', 'name: cache')}`;
  const file = fileIn(t.testdir(holding(text)));

  await t.rejects(
    runSeal(['set', file, 'password', '--cert', cert], CANARY),
    /holds several: SealedSecret shop\/db, SealedSecret shop\/cache/,
  );
  await runSeal(['set', file, 'password', '--cert', cert, '--name', 'cache'], CANARY);

  const [first, second] = manifestsIn(readFileSync(file, 'utf8'));
  t.equal(first?.spec.encryptedData['password'], 'AgBold');
  t.same(second && (await openManifest(second)), { password: CANARY });
});

for (const [what, text, key, message] of [
  ['a file without a SealedSecret', 'kind: Secret\n', 'a', /holds no SealedSecret/],
  ['a key with a slash', FILE, 'a/b', /cannot be a key/],
  ['a file that is no YAML', `${FILE}\t- [`, 'a', /not valid YAML/],
  [
    'a strict SealedSecret without a namespace',
    FILE.replace(/ {2}namespace.*\n/, '').replace(OTHER, 'x'),
    'a',
    /names no namespace/,
  ],
  ['the form of before', FILE.replace('encryptedData:', 'data: AgB\n  encryptedData:'), 'a', /LK-SEALED/],
] as const) {
  t.test(`set refuses ${what}, and the file stays`, async (t) => {
    const file = fileIn(t.testdir(holding(text)));

    await t.rejects(runSeal(['set', file, key, '--cert', cert], CANARY), message);
    t.equal(readFileSync(file, 'utf8'), text);
  });
}

t.test('set refuses what is no file', async (t) => {
  await t.rejects(runSeal(['set', t.testdir(), 'a', '--cert', cert], CANARY), LatchkeyError);
  await t.rejects(runSeal(['set', '/dev/null', 'a', '--cert', cert], CANARY), /holds no SealedSecret/);
});

function secret(fields: object = {}): string {
  const metadata = { name: 'db', namespace: 'shop' };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    stringData: { password: CANARY },
    ...fields,
  });
}

t.test('--merge-into seals in the scope of the file, and takes labels along', async (t) => {
  const file = fileIn(t.testdir(holding(FILE)));
  const metadata = { name: 'db', labels: { app: 'shop' }, annotations: { team: 'a: b' } };
  const stringData = { password: CANARY, user: 'app' };

  const { code, stderr } = await runSeal(
    ['--merge-into', file, '--cert', cert],
    secret({ metadata, stringData }),
  );

  t.equal(code, 0, stderr);
  t.match(stderr, 'sealed password, user into SealedSecret shop/db, namespace-wide');
  t.same(await valuesOf(file), stringData);
  const text = readFileSync(file, 'utf8');
  t.match(text, '# the database of the shop');
  t.match(text, '# of the app');
  t.match(manifestsIn(text)[0]?.spec.template, {
    type: 'Opaque',
    metadata: { labels: { app: 'shop' }, annotations: { team: 'a: b' } },
  });
});

t.test('--merge-into refuses another scope, and values of two Secrets', async (t) => {
  const file = fileIn(t.testdir(holding(FILE)));

  await t.rejects(
    runSeal(['--merge-into', file, '--cert', cert, '--scope', 'strict'], secret()),
    /is sealed namespace-wide/,
  );
  await t.rejects(
    runSeal(['--merge-into', file, '--cert', cert], `${secret()}\n---\n${secret()}`),
    /takes one Secret/,
  );
  t.equal(readFileSync(file, 'utf8'), FILE);
});

t.test('--merge-into says so where the Secret has another name', async (t) => {
  const file = fileIn(t.testdir(holding(FILE)));

  const { stderr } = await runSeal(
    ['--merge-into', file, '--cert', cert],
    secret({ metadata: { name: 'new', namespace: 'elsewhere' } }),
  );

  t.match(stderr, 'warning: Secret "new" goes into SealedSecret shop/db');
  t.same(await valuesOf(file), { password: CANARY });
});
