// What kubeseal makes, Latchkey opens, and the other way round; openssl opens both.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';
import { stringify } from 'yaml';

import { parseCiphertext } from '../../src/sealed/ciphertext.ts';
import { labelOf, type Scope, SCOPES } from '../../src/sealed/scope.ts';
import { type KeyFiles, manifestsIn, openManifest, runSeal, writeKey } from '../support/sealing.ts';
import { fixtureKeys } from '../support/sealing-keys.ts';

const folder = t.testdir();
const program = process.env['KUBESEAL'] ?? 'kubeseal';
const values = {
  password: 'fixture-žluťoučký',
  'with.break': 'line\n',
  empty: '',
  long: 'x'.repeat(200_000),
};

function kubeseal(args: readonly string[], input: string | Buffer): string {
  return execFileSync(program, [...args], { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

function secret(scope: Scope): string {
  const wide = { [`sealedsecrets.bitnami.com/${scope}`]: 'true', team: 'shop' };
  const metadata = { name: 'db', namespace: 'shop', labels: { app: 'shop' }, annotations: wide };
  return stringify({ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata, stringData: values });
}

/** What kubeseal itself makes of a SealedSecret with the private key. */
function unsealed(sealed: string, { key }: KeyFiles): Record<string, string> {
  const text = kubeseal(['--recovery-unseal', '--recovery-private-key', key, '-o', 'json'], sealed);
  // An empty value is a null to it.
  const { data } = JSON.parse(text) as { data: Record<string, string | null> };
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value ?? '', 'base64').toString('utf8')]),
  );
}

for (const bits of [2048, 3072, 4096] as const) {
  const files = writeKey(folder, bits);

  for (const scope of SCOPES) {
    t.test(`${String(bits)} bits, ${scope}: both open what the other sealed`, async (t) => {
      const theirs = kubeseal(['--cert', files.cert, '-o', 'yaml'], secret(scope));
      const ours = (await runSeal(['--cert', files.cert], secret(scope))).stdout;

      const [parsed] = manifestsIn(theirs);
      t.same(parsed && (await openManifest(parsed)), values);
      t.same(unsealed(ours, files), values);
      t.equal((await runSeal(['verify', '--private-key', files.key], theirs)).code, 0);
      // Apart from what is random, and the `creationTimestamp: null` of Go's types, the two are alike.
      const shape = ({ metadata, spec }: NonNullable<typeof parsed>) => ({
        metadata,
        template: spec.template,
      });
      const [own] = manifestsIn(ours);
      t.same(own && shape(own), parsed && shape(parsed));
    });

    t.test(`${String(bits)} bits, ${scope}: --raw, both ways, and openssl`, async (t) => {
      const names = ['--scope', scope, '--namespace', 'shop', '--name', 'db'];
      const theirs = kubeseal(['--raw', '--cert', files.cert, ...names], 'fixture');
      const ours = (await runSeal(['--raw', '--cert', files.cert, ...names], 'fixture')).stdout.trim();

      for (const text of [theirs, ours]) {
        const manifest = sealedSecret(scope, text);
        t.same(unsealed(manifest, files), { a: 'fixture' });
        t.equal((await runSeal(['verify', '--private-key', files.key], manifest)).code, 0);
        t.equal(
          openedByOpenssl(text, labelOf({ scope, namespace: 'shop', name: 'db' }), files.key),
          'fixture',
        );
      }
    });
  }
}

function sealedSecret(scope: Scope, text: string): string {
  const annotations = { [`sealedsecrets.bitnami.com/${scope}`]: 'true' };
  const metadata = { name: 'db', namespace: 'shop', annotations };
  const spec = { encryptedData: { a: text }, template: {} };
  return JSON.stringify({ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata, spec });
}

/** By the command line alone; GCM without its tag is CTR, which begins to count at 2. */
function openedByOpenssl(text: string, label: string, key: string): string {
  const { sealedKey, sealedValue } = parseCiphertext(text);
  const oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'];
  const options = [
    ...oaep,
    ...(label === '' ? [] : [`rsa_oaep_label:${Buffer.from(label).toString('hex')}`]),
  ];
  const session = execFileSync(
    'openssl',
    ['pkeyutl', '-decrypt', '-inkey', key, ...options.flatMap((option) => ['-pkeyopt', option])],
    { input: sealedKey },
  );
  const counter = `${'0'.repeat(31)}2`;
  return execFileSync(
    'openssl',
    ['enc', '-d', '-aes-256-ctr', '-K', session.toString('hex'), '-iv', counter],
    {
      input: sealedValue.slice(0, -16),
      encoding: 'utf8',
    },
  );
}

const [old, fresh] = [writeKey(folder, 2048), writeKey(folder, 4096)];

t.test('kubeseal opens a file of its own after set, --merge-into and re-encrypt', async (t) => {
  const file = join(folder, 'theirs.yaml');
  writeFileSync(file, kubeseal(['--cert', old.cert, '-o', 'yaml'], secret('strict')));

  await runSeal(['set', file, 'token', '--cert', old.cert], 'set');
  const more = stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db' },
    stringData: { empty: 'full' },
  });
  await runSeal(['--merge-into', file, '--cert', old.cert], more);
  const wanted = { ...values, token: 'set', empty: 'full' };
  t.same(unsealed(readFileSync(file, 'utf8'), old), wanted);

  t.equal((await runSeal(['re-encrypt', file, '--private-key', old.key, '--cert', fresh.cert])).code, 0);
  t.same(unsealed(readFileSync(file, 'utf8'), fresh), wanted);
});

t.test('Latchkey opens a file of its own after kubeseal merged into it', async (t) => {
  const file = join(folder, 'ours.yaml');
  await runSeal(['--cert', fresh.cert, '-w', file], secret('namespace-wide'));

  const more = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'shop' },
    stringData: { a: 'b' },
  };
  // kubeseal does not look at the scope of the file.
  kubeseal(
    ['--merge-into', file, '--cert', fresh.cert, '--scope', 'namespace-wide', '-o', 'yaml'],
    stringify(more),
  );

  const [merged] = manifestsIn(readFileSync(file, 'utf8'));
  t.same(merged && (await openManifest(merged)), { ...values, a: 'b' });
});

t.test('both read a backup of the keys', async (t) => {
  const backup = join(folder, 'master.key');
  const items = fixtureKeys().map(({ bits, privateKey, certificate }) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `key-${String(bits)}`,
      labels: { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'active' },
    },
    data: {
      'tls.key': Buffer.from(privateKey).toString('base64'),
      'tls.crt': Buffer.from(certificate).toString('base64'),
    },
  }));
  writeFileSync(backup, stringify({ apiVersion: 'v1', kind: 'List', items }));
  const sealed = kubeseal(['--cert', fresh.cert], secret('strict'));

  t.same(unsealed(sealed, { ...fresh, key: backup }), values);
  t.equal((await runSeal(['verify', '--private-key', backup], sealed)).code, 0);
});
