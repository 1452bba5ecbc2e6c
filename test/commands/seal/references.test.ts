// `sealed:` references in pods: they are verified and sealed anew as SealedSecrets are.

import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';
import { parse } from 'yaml';

import { labelOf, type SealedFor } from '../../../src/sealed/scope.ts';
import { sealValue } from '../../../src/sealed/seal-value.ts';
import { openText, runSeal, writeKey } from '../../support/sealing.ts';
import { fixtureKeys } from '../../support/sealing-keys.ts';

const CANARY = 'canary-91bc-hunter2';
const WIDE: SealedFor = { scope: 'namespace-wide', namespace: 'shop', name: '' };
const EVERYWHERE: SealedFor = { scope: 'cluster-wide', namespace: '', name: '' };
const keys = t.testdir();
const old = writeKey(keys, 2048);
const fresh = writeKey(keys, 4096);
const RENEW = ['--private-key', old.key, '--cert', fresh.cert];

async function sealed(sealedFor = WIDE, bits = 2048): Promise<string> {
  const key = fixtureKeys().find((one) => one.bits === bits);
  const publicKey = createPublicKey(key?.certificate ?? '');
  return await sealValue(new TextEncoder().encode(CANARY), labelOf(sealedFor), publicKey);
}

/** In an annotation of its own, in a block of several, in a template, and in place. */
function deployment(texts: readonly string[], namespace = 'namespace: shop'): string {
  const [one = '', two = one, three = one, four = one] = texts;
  return `# kept
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  ${namespace}
spec:
  template:
    metadata:
      annotations:
        latchkey.dev/env.ONE: sealed:${one} # why
        latchkey.dev/env: |
          TWO: sealed:${two}
          # in between
          URL: postgres://app:((sealed:${three}?encode=url))@db
    spec:
      containers:
        - name: app
          env:
            - {name: FOUR, value: "latchkey:sealed:${four}"}
            - {name: TEXT, value: "about sealed:values"}
`;
}

function ciphertextsIn(text: string): readonly string[] {
  return [...text.matchAll(/sealed:([A-Za-z0-9+/=]{300,})/g)].map(([, found]) => found ?? '');
}

t.test('every reference is sealed anew for whom it was sealed, and nothing else changes', async (t) => {
  const before = deployment([await sealed(), await sealed(), await sealed(EVERYWHERE), await sealed()]);
  const folder = t.testdir({ 'shop.yaml': before, 'chart.yaml': 'sealed: {{ .Values.sealed }}\n' });
  const file = join(folder, 'shop.yaml');

  const { code, stderr } = await runSeal(['re-encrypt', folder, ...RENEW]);

  t.equal(code, 0, stderr);
  t.match(stderr, 'Deployment shop/shop: 4 sealed anew');
  t.match(
    stderr,
    'objects with sealed references: 1 sealed anew, 0 already with the newest key, 0 left as they are',
  );
  const after = readFileSync(file, 'utf8');
  t.equal(after.replaceAll(/sealed:[^#\s)?"]+/g, ''), before.replaceAll(/sealed:[^#\s)?"]+/g, ''));
  for (const [index, text] of ciphertextsIn(after).entries()) {
    const opened = await openText(text, index === 2 ? EVERYWHERE : WIDE);
    t.strictSame(opened, { text: CANARY, bits: 4096 });
  }
  t.equal(ciphertextsIn(after).length, 4);
  t.notMatch(stderr, CANARY);
});

t.test('a second time changes nothing', async (t) => {
  const folder = t.testdir({ 'shop.yaml': deployment([await sealed(WIDE, 4096)]) });
  const before = readFileSync(join(folder, 'shop.yaml'), 'utf8');

  const { code, stderr } = await runSeal([
    ...['re-encrypt', folder, '--private-key', fresh.key],
    ...['--cert', fresh.cert],
  ]);

  t.equal(code, 0, stderr);
  t.match(stderr, 'references: 0 sealed anew, 1 already with the newest key');
  t.equal(readFileSync(join(folder, 'shop.yaml'), 'utf8'), before);
});

t.test('a text that is broken over lines is written anew', async (t) => {
  const text = await sealed();
  const folded = [text.slice(0, 100), text.slice(100)].join('\\\n              ');
  const folder = t.testdir({
    'shop.yaml': deployment([text]).replace(`"latchkey:sealed:${text}"`, `"latchkey:sealed:${folded}"`),
  });

  const { code, stderr } = await runSeal(['re-encrypt', folder, ...RENEW]);

  t.equal(code, 0, stderr);
  const object = parse(readFileSync(join(folder, 'shop.yaml'), 'utf8')) as {
    spec: { template: { spec: { containers: { env: { value: string }[] }[] } } };
  };
  const [four = ''] = ciphertextsIn(object.spec.template.spec.containers[0]?.env[0]?.value ?? '');
  t.strictSame(await openText(four, WIDE), { text: CANARY, bits: 4096 });
});

t.test('an object of which one reference does not open stays whole, and others go on', async (t) => {
  const foreign = await sealed({ ...WIDE, namespace: 'bank' });
  const half = deployment([await sealed(), foreign]);
  const folder = t.testdir({ 'half.yaml': half, 'whole.yaml': deployment([await sealed()]) });

  const { code, stderr } = await runSeal(['re-encrypt', folder, ...RENEW]);

  t.equal(code, 1);
  t.equal(readFileSync(join(folder, 'half.yaml'), 'utf8'), half);
  t.match(stderr, /half\.yaml:11: error: Deployment shop\/shop: .*opens it \(namespace-wide, for shop\)/);
  t.match(stderr, 'references: 1 sealed anew, 0 already with the newest key, 1 left as they are');
});

t.test('verify says of references whether they open, and where not', async (t) => {
  const key = ['verify', '--private-key', old.key];
  const good = deployment([await sealed(), await sealed(EVERYWHERE)]);
  const bad = deployment([await sealed(), await sealed({ ...WIDE, namespace: 'bank' }), 'AgBcut', 'no']);

  const opening = await runSeal(key, good);
  const closed = await runSeal(key, bad);

  t.equal(opening.code, 0, opening.stdout);
  t.equal(opening.stdout, '-:2: Deployment shop/shop: opens (4 sealed references)\n');
  t.equal(closed.code, 1);
  t.match(closed.stdout, /-:12: error: .*latchkey\.dev\/env.*opens it \(namespace-wide, for shop\)/);
  t.match(closed.stdout, 'is not base64');
  t.notMatch(closed.stdout + opening.stdout, CANARY);
});

t.test('without a namespace the way out is to name it', async (t) => {
  const text = deployment([await sealed()], 'labels: {}');
  const folder = t.testdir({ 'shop.yaml': text });

  const closed = await runSeal(['verify', '--private-key', old.key], text);
  const named = await runSeal(['verify', '--private-key', old.key, '--namespace', 'shop'], text);
  const renewing = await runSeal(['re-encrypt', folder, ...RENEW]);

  t.equal(closed.code, 1);
  t.match(closed.stdout, 'name it with --namespace');
  t.equal(named.code, 0, named.stdout);
  t.equal(renewing.code, 1);
  t.match(renewing.stderr, 'name it with --namespace');
});
