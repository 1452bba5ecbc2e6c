import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { UsageError } from '../../../src/config/usage-error.ts';
import { manifestsIn, openManifest, runSeal, writeKey } from '../../support/sealing.ts';

const { cert } = writeKey(t.testdir());
const CANARY = 'canary-9c1e-hunter2';

function secret(fields: object = {}, metadata: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'shop', ...metadata },
    stringData: { password: CANARY },
    ...fields,
  });
}

t.test('a Secret becomes a SealedSecret that opens to the same values', async (t) => {
  const yaml = `
apiVersion: v1
kind: Secret
metadata: { name: db, namespace: shop, labels: { app: shop } }
type: kubernetes.io/basic-auth
immutable: true
data:
  username: YXBw
  password: b2xk
stringData:
  password: ${CANARY}
`;

  const { code, stdout } = await runSeal(['--cert', cert], yaml);

  t.equal(code, 0);
  t.notMatch(stdout, CANARY);
  const [sealed] = manifestsIn(stdout);
  t.match(sealed, {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'db', namespace: 'shop', annotations: undefined },
    spec: {
      template: {
        metadata: { name: 'db', namespace: 'shop', labels: { app: 'shop' } },
        type: 'kubernetes.io/basic-auth',
        immutable: true,
      },
    },
  });
  t.same(sealed && (await openManifest(sealed)), { username: 'app', password: CANARY });
});

for (const [scope, annotation] of [
  ['namespace-wide', 'sealedsecrets.bitnami.com/namespace-wide'],
  ['cluster-wide', 'sealedsecrets.bitnami.com/cluster-wide'],
] as const) {
  t.test(`${scope} is said by a flag or by the Secret, and stands on both metadata`, async (t) => {
    const annotated = secret({}, { annotations: { [annotation]: 'true', other: 'kept' } });

    for (const [args, text] of [
      [['--scope', scope], secret()],
      [[], annotated],
    ] as const) {
      const { stdout } = await runSeal(['--cert', cert, ...args], text);

      const [sealed] = manifestsIn(stdout);
      t.match(sealed?.metadata.annotations, { [annotation]: 'true', other: undefined });
      t.match(sealed?.spec.template.metadata, { annotations: { [annotation]: 'true' } });
      t.same(sealed && (await openManifest(sealed)), { password: CANARY });
    }
  });
}

t.test('a scope that the flag says replaces that of the Secret', async (t) => {
  const wide = { annotations: { 'sealedsecrets.bitnami.com/cluster-wide': 'true' } };

  const { stdout } = await runSeal(['--cert', cert, '--scope', 'strict'], secret({}, wide));

  const [sealed] = manifestsIn(stdout);
  t.equal(sealed?.metadata.annotations, undefined);
  t.same(sealed?.spec.template.metadata, { name: 'db', namespace: 'shop' });
  t.same(sealed && (await openManifest(sealed)), { password: CANARY });
});

t.test('JSON in, JSON out; several documents and Lists become as many', async (t) => {
  const one = await runSeal(['--cert', cert], secret());
  const list = JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [JSON.parse(secret()) as object, JSON.parse(secret({}, { name: 'other' })) as object],
  });
  const both = await runSeal(['--cert', cert], list);
  const yaml = await runSeal(['--cert', cert, '-o', 'yaml'], list);

  t.equal((JSON.parse(one.stdout) as { kind: string }).kind, 'SealedSecret');
  t.equal((JSON.parse(both.stdout) as { items: object[] }).items.length, 2);
  t.same(
    manifestsIn(yaml.stdout).map(({ metadata }) => metadata.name),
    ['db', 'other'],
  );
});

t.test('what a server added is left out, and so is what holds a value in clear', async (t) => {
  const metadata = {
    uid: 'u',
    resourceVersion: '7',
    creationTimestamp: '2026-01-01T00:00:00Z',
    managedFields: [{ manager: 'kubectl' }],
    ownerReferences: [{ name: 'x' }],
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{}}',
      note: `the password is ${CANARY}`,
      base64: Buffer.from(CANARY).toString('base64'),
      team: 'shop',
    },
  };

  const { code, stdout, stderr } = await runSeal(['--cert', cert], secret({}, metadata));

  t.equal(code, 0);
  t.same(manifestsIn(stdout)[0]?.spec.template.metadata, {
    name: 'db',
    namespace: 'shop',
    annotations: { team: 'shop' },
  });
  t.equal(stderr.match(/it holds values in clear/g)?.length, 3);
  t.notMatch(stderr, CANARY);
});

t.test('a value that ends in a line break is warned about, unless it has several lines', async (t) => {
  const stringData = { password: `${CANARY}\n`, pem: 'BEGIN\nEND\n', plain: 'x' };

  const { code, stderr } = await runSeal(['--cert', cert], secret({ stringData }));

  t.equal(code, 0);
  t.match(stderr, 'warning: Secret shop/db: stringData.password: the value ends in a line break');
  t.equal(stderr.match(/warning/g)?.length, 1);
});

for (const [what, text, code, message] of [
  ['no namespace', secret({}, { namespace: undefined }), 'LK-NAME', 'the Secret has no namespace'],
  ['no name', secret({}, { name: undefined }), 'LK-NAME', 'the Secret has no name'],
  ['a name of capitals', secret({}, { name: 'DB' }), 'LK-NAME', 'cannot name a Secret'],
  ['no values', secret({ stringData: {} }), 'LK-EMPTY', 'holds no values'],
  ['data that is not base64', secret({ data: { a: `${CANARY}!` } }), 'LK-ENCODING', 'is not base64'],
  ['a number', secret({ stringData: { a: 5 } }), 'LK-ENCODING', 'is no text'],
  ['a list of values', secret({ data: [CANARY] }), 'LK-SYNTAX', 'is no mapping'],
  ['a key with a slash', secret({ stringData: { 'a/b': CANARY } }), 'LK-NAME', 'cannot be a key'],
  ['a mebibyte of values', secret({ stringData: { a: 'x'.repeat(1_048_577) } }), 'LK-TOO-LARGE', '1 MiB|KiB'],
  ['a ConfigMap', secret({ kind: 'ConfigMap' }), 'LK-SYNTAX', 'only Secrets'],
  [
    'a SealedSecret',
    secret({ kind: 'SealedSecret', apiVersion: 'bitnami.com/v1alpha1' }),
    'LK-SYNTAX',
    're-encrypt',
  ],
  ['nothing', '', 'LK-EMPTY', 'there is no Secret'],
  ['no YAML', `a: [${CANARY}`, 'LK-SYNTAX', 'not valid YAML'],
] as const) {
  t.test(`${what} is refused, and nothing is sealed`, async (t) => {
    const result = await runSeal(['--cert', cert], text);

    t.equal(result.code, 1);
    t.equal(result.stdout, '');
    t.match(result.stderr, code);
    t.match(result.stderr, new RegExp(message));
    t.notMatch(result.stderr, CANARY);
  });
}

t.test('one wrong Secret among several seals none', async (t) => {
  const text = `${secret()}\n---\n${secret({}, { name: 'other', namespace: undefined })}`;

  const result = await runSeal(['--cert', cert], text);

  t.equal(result.code, 1);
  t.equal(result.stdout, '');
  t.match(result.stderr, /-:3: error: Secret other/);
});

t.test('the namespace of the command line is for Secrets without one, and never against one', async (t) => {
  const without = await runSeal(['--cert', cert, '-n', 'bank'], secret({}, { namespace: undefined }));
  const against = await runSeal(['--cert', cert, '-n', 'bank'], secret());

  t.equal(manifestsIn(without.stdout)[0]?.metadata.namespace, 'bank');
  t.equal(against.code, 1);
  t.match(against.stderr, 'LK-CONFLICT');
});

t.test('a file is written whole, and stays as it was where something is wrong', async (t) => {
  const folder = t.testdir({ 'sealed.yaml': 'before\n' });
  const file = join(folder, 'sealed.yaml');

  const wrong = await runSeal(['--cert', cert, '-w', file], secret({ stringData: {} }));
  t.equal(wrong.code, 1);
  t.equal(readFileSync(file, 'utf8'), 'before\n');

  const fine = await runSeal(['--cert', cert, '-w', file], secret());
  t.equal(fine.stdout, '');
  t.match(readFileSync(file, 'utf8'), /^apiVersion: bitnami/, 'in YAML, as the name says');
  t.same(readdirSync(folder), ['sealed.yaml'], 'nothing is left beside it');
});

t.test('a folder of Secrets is sealed', async (t) => {
  const folder = t.testdir({ 'a.json': secret(), sub: { 'b.yaml': secret({}, { name: 'other' }) } });

  const { stdout } = await runSeal(['--cert', cert, '-f', folder, '-o', 'yaml']);

  t.same(
    manifestsIn(stdout).map(({ metadata }) => metadata.name),
    ['db', 'other'],
  );
});

for (const args of [
  ['verfy'],
  ['set', 'file'],
  ['re-encrypt'],
  ['verify', '--raw'],
  ['cert', '--scope', 'strict'],
  ['--raw', '-f', 'x'],
  ['--merge-into', 'x', '-w', 'y'],
  ['--scope', 'wide'],
]) {
  t.test(`wrong use: seal ${args.join(' ')}`, async (t) => {
    await t.rejects(runSeal([...args, '--cert', cert]), UsageError);
  });
}

t.test('a name for several Secrets is refused', async (t) => {
  const result = await runSeal(['--cert', cert, '--name', 'x'], `${secret()}\n---\n${secret()}`);

  t.equal(result.code, 1);
  t.match(result.stderr, '--name is for one');
});
