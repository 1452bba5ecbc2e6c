import t from 'tap';

import { runSeal, writeKey } from '../../support/sealing.ts';

const CANARY = 'canary-58c3-hunter2';
const folder = t.testdir();
const key = writeKey(folder, 2048);
const other = writeKey(folder, 3072);

async function sealed(cert = key.cert): Promise<string> {
  const metadata = { name: 'db', namespace: 'shop' };
  const secret = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    stringData: { password: CANARY },
  });
  return (await runSeal(['--cert', cert, '-o', 'yaml'], secret)).stdout;
}

t.test('what opens is said to, and what it holds is not', async (t) => {
  const { code, stdout, stderr } = await runSeal(['verify', '--private-key', key.key], await sealed());

  t.equal(code, 0);
  t.equal(stdout, '-:1: SealedSecret shop/db: opens (1 value; strict, for shop/db)\n');
  t.notMatch(stdout + stderr, CANARY);
});

const text = await sealed();
for (const [what, manifest, message] of [
  ['another name', text.replaceAll('name: db', 'name: db2'), 'strict, for shop/db2'],
  ['another namespace', text.replaceAll('namespace: shop', 'namespace: bank'), 'strict, for bank/db'],
  [
    'a wider scope',
    text.replace(
      '  namespace: shop',
      '  namespace: shop\n  annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}',
    ),
    '(cluster-wide)',
  ],
  ['another key', await sealed(other.cert), 'a key of 3072 bits sealed it'],
  [
    'a text cut short',
    text.replace(/password: (\S{60})\S+/, 'password: $1'),
    'the sealed value is cut short',
  ],
  ['an empty text', text.replace(/password: \S+/, 'password: ""'), 'the sealed value is not base64'],
  [
    'a text in which one character differs',
    text.replace(/(password: \S{100})(.)/, (_, a: string, b: string) => a + (b === 'A' ? 'B' : 'A')),
    'none of 1 sealing key',
  ],
  [
    'no encryptedData',
    'kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\nmetadata: {name: a, namespace: b}\n',
    'there is no encryptedData',
  ],
  ['the form of before', text.replace(/encryptedData:\n.*\n/, 'data: AgB\n'), 'in the form of before 2019'],
  ['a value that is a number', text.replace(/password: \S+/, 'password: 5'), 'is no text'],
] as const) {
  t.test(`${what} does not open, and is found at its line`, async (t) => {
    const { code, stdout, stderr } = await runSeal(['verify', '--private-key', key.key], manifest);

    t.equal(code, 1);
    t.match(stdout, /^-:\d+: error: SealedSecret /);
    t.ok(stdout.includes(message), stdout);
    t.notMatch(stdout + stderr, CANARY);
  });
}

t.test('an input without a SealedSecret verifies nothing', async (t) => {
  const { code, stderr } = await runSeal(['verify', '--private-key', key.key], 'kind: Secret\n');

  t.equal(code, 1);
  t.match(stderr, 'there is no SealedSecret');
});

t.test('a template is not run, whatever it says', async (t) => {
  const bomb = text.replace('  template:', '  template:\n    data: {a: "{{ fail .password }}"}');

  const { code } = await runSeal(['verify', '--private-key', key.key], bomb);

  t.equal(code, 0);
});
