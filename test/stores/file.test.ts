import { inspect } from 'node:util';

import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import type { Address } from '../../src/request/plan.ts';
import { createFileStore } from '../../src/stores/file.ts';
import { parseStoreFile } from '../../src/stores/store-file.ts';
import { testIdentity } from '../support/aws-double-session.ts';
import { text } from '../support/store-conformance.ts';

const CANARY = 'canary-7f3a9c';
const signal = new AbortController().signal;
const session = {
  identity: testIdentity({ kind: 'store-file' }),
  credentials: () => Promise.reject(new Error('AWS was asked')),
  forget: () => {},
};

async function read(
  yaml: string,
  addresses: readonly (Partial<Address> & { readonly name: string })[],
): Promise<readonly string[]> {
  const store = createFileStore(parseStoreFile(yaml, 'secrets.yaml'));
  const outcomes = await store.read(
    addresses.map((address) => ({ store: 'ssm', region: 'eu-west-1', ...address })),
    session,
    signal,
  );
  return outcomes.map(text);
}

t.test('numbers keep their source digits, at the top and in objects', async (t) => {
  const yaml = 'ssm:\n  /a: 12345678901234567890\n  /b: 1.0\n  /c: {x: 1.50, y: [1e3, 0.10]}\n  /d: true\n';

  t.same(
    await read(
      yaml,
      ['/a', '/b', '/c', '/d'].map((name) => ({ name })),
    ),
    ['12345678901234567890', '1.0', '{"x":1.50,"y":[1e3,0.10]}', 'true'],
  );
});

t.test('numbers that YAML has and JSON has not are written as JSON', async (t) => {
  t.same(await read('ssm: {/a: 0x1F, /b: {x: +1}}', [{ name: '/a' }, { name: '/b' }]), ['31', '{"x":1}']);
});

t.test('objects become compact JSON, with quotes, unicode, null and aliases', async (t) => {
  const yaml = 'ssm:\n  /a: &a {"k\\n": "v\\"", ž: null, l: [], o: {}}\n  /b: [*a, x]\n  /c: *a\n';

  t.same(
    await read(
      yaml,
      ['/a', '/b', '/c'].map((name) => ({ name })),
    ),
    [
      '{"k\\n":"v\\"","ž":null,"l":[],"o":{}}',
      '[{"k\\n":"v\\"","ž":null,"l":[],"o":{}},"x"]',
      '{"k\\n":"v\\"","ž":null,"l":[],"o":{}}',
    ],
  );
});

t.test(
  'names like __proto__ and constructor are names like any other, and not found unless written',
  async (t) => {
    const yaml = 'ssm: {__proto__: own, a: {__proto__: 1, constructor: 2}}';

    t.same(
      await read(
        yaml,
        ['__proto__', 'constructor', 'a'].map((name) => ({ name })),
      ),
      ['own', 'LK-NOT-FOUND', '{"__proto__":1,"constructor":2}'],
    );
  },
);

t.test(
  'an ARN is found by the name in it, with or without slash or suffix, or as it is written',
  async (t) => {
    const yaml = `
ssm: {/app/a: 1st, plain: 2nd, "arn:aws:ssm:eu-west-1:9:parameter/shared": 3rd}
secretsmanager: {shop: 4th, shop-abcdef: 5th}
`;
    const secret = { store: 'secretsmanager' as const };

    t.same(
      await read(yaml, [
        { name: 'arn:aws:ssm:eu-west-1:1:parameter/app/a' },
        { name: 'arn:aws-us-gov:ssm:us-gov-west-1:1:parameter/plain' },
        { name: 'arn:aws:ssm:eu-west-1:9:parameter/shared' },
        { ...secret, name: 'arn:aws:secretsmanager:eu-west-1:1:secret:shop-1a2b3c' },
        { ...secret, name: 'arn:aws:secretsmanager:eu-west-1:1:secret:shop-abcdef-1a2b3c' },
        { ...secret, name: 'arn:aws:secretsmanager:eu-west-1:1:secret:shop' },
      ]),
      ['1st', '2nd', '3rd', '4th', '5th', '4th'],
    );
  },
);

t.test('what is missing is not found, with the place to add it', async (t) => {
  const store = createFileStore(parseStoreFile('ssm: {/a: x}', 'secrets.yaml'));

  const [outcome] = await store.read(
    [{ store: 'ssm', region: 'eu-west-1', name: '/a', selector: '9' }],
    session,
    signal,
  );

  t.match(outcome, { code: 'LK-NOT-FOUND', remedy: /below ssm: as NAME:9/ });
});

t.test('an empty file and empty maps are fine', async (t) => {
  for (const yaml of ['', '# nothing', 'ssm:\nsecretsmanager: {}']) {
    t.same(await read(yaml, [{ name: '/a' }]), ['LK-NOT-FOUND']);
  }
});

t.test('JSON is YAML too', async (t) => {
  t.same(await read('{"ssm": {"/a": {"b": "c"}}}', [{ name: '/a' }]), ['{"b":"c"}']);
});

const broken: readonly (readonly [string, string, RegExp])[] = [
  ['a syntax error', `ssm:\n  /a: "${CANARY}\n`, /no valid YAML at line \d/],
  ['a key written twice', `ssm:\n  /a: ${CANARY}\n  /a: ${CANARY}\n`, /no valid YAML at line 3/],
  ['an unknown store', `sms:\n  /a: ${CANARY}\n`, /unknown key "sms".* at line 1/],
  ['a list for a store', `ssm: [${CANARY}]`, /needs a map of names to values at line 1/],
  ['plain text', CANARY, /is not a map of ssm and secretsmanager at line 1/],
  ['two documents', `ssm: {/a: ${CANARY}}\n---\nssm: {}\n`, /more than one YAML document/],
  ['a name without a value', 'ssm:\n  /a:\n', /a name without a value/],
  ['a key that is a map', `ssm:\n  ? {a: ${CANARY}}\n  : x\n`, /a key that is no text/],
  ['a bad $binary', `ssm:\n  /a: {$binary: "*${CANARY}*"}\n`, /needs base64 text in \$binary at line 2/],
  ['a number without JSON', 'ssm: {/a: {x: .inf}}', /a number that JSON has not/],
  [
    'deep nesting',
    `ssm: {/a: ${'['.repeat(5000)}${']'.repeat(5000)}}`,
    /nested too deeply|no valid YAML at line 1/,
  ],
  ['an alias bomb', bomb(), /nested too deeply or too large|no valid YAML/],
  ['an unknown tag', `ssm:\n  /a: !secret ${CANARY}\n`, /a YAML tag that is not known at line 2/],
  ['an alias of nothing', `ssm:\n  /b: *${CANARY}\n`, /no valid YAML|a name without a value at line 2/],
];

for (const [what, yaml, message] of broken) {
  t.test(`${what} is LK-CONFIG with a line and without any content`, async (t) => {
    let failure: unknown;
    try {
      parseStoreFile(yaml, 'secrets.yaml');
    } catch (error) {
      failure = error;
    }

    t.ok(failure instanceof LatchkeyError && failure.code === 'LK-CONFIG' && failure.cause === undefined);
    t.match(failure, { message });
    t.notMatch(inspect(failure, { depth: 9, showHidden: true }), CANARY);
  });
}

function bomb(): string {
  const levels = Array.from(
    { length: 9 },
    (_, i) => `  /${i + 1}: &x${i + 1} [${Array(10).fill(`*x${i}`).join(', ')}]`,
  );
  return `ssm:\n  /0: &x0 [x]\n${levels.join('\n')}\n`;
}
