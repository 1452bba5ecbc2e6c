import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import { setTexts } from '../../src/manifests/set-texts.ts';

const NEW = 'AgBnew+/value==';

function set(text: string, path: readonly (string | number)[], document = 0): string {
  return setTexts(text, [{ document, path, value: NEW }]);
}

const DATA = ['spec', 'encryptedData'];

t.test('a value is replaced, and comments, order, quotes and white space stay', async (t) => {
  const text = `# top
spec:   # the spec
    encryptedData:

        b: "AgBold"   # of b
        a:    AgBold  # of a

    template: {type:   Opaque}
# end
`;

  t.equal(set(text, [...DATA, 'a']), text.replace('AgBold  #', `${NEW}  #`));
  t.equal(set(text, [...DATA, 'b']), text.replace('"AgBold"', `"${NEW}"`));
});

t.test('a new key goes behind the last, as deep as it', async (t) => {
  const text = `spec:
    encryptedData:
        b: AgBold # of b
        # about what follows
    template: {}
`;

  t.equal(set(text, [...DATA, 'a']), text.replace('# of b\n', `# of b\n        a: ${NEW}\n`));
});

t.test('a new key at the end of a file without a last line break', async (t) => {
  t.equal(
    set('spec:\n  encryptedData:\n    b: AgBold', [...DATA, 'a']),
    `spec:\n  encryptedData:\n    b: AgBold\n    a: ${NEW}`,
  );
});

t.test('a key that YAML would take for something else is quoted', async (t) => {
  const text = 'spec:\n  encryptedData:\n    b: AgBold\n';

  t.match(set(text, [...DATA, '1']), `    "1": ${NEW}\n`);
  t.match(set(text, [...DATA, 'yes']), `    "yes": ${NEW}\n`);
  t.match(set(text, [...DATA, 'tls.key']), `    tls.key: ${NEW}\n`);
  t.match(set(text, [...DATA, '.dockerconfigjson']), `    ".dockerconfigjson": ${NEW}\n`);
});

for (const [what, text, wanted] of [
  ['missing', 'spec:\n  template: {}\n', `spec:\n  template: {}\n  encryptedData:\n    a: ${NEW}\n`],
  ['empty', 'spec:\n  encryptedData: {}\n', `spec:\n  encryptedData: { "a": "${NEW}" }\n`],
  [
    'null',
    'spec:\n  encryptedData:\n  template: {}\n',
    `spec:\n  encryptedData: { "a": "${NEW}" }\n  template: {}\n`,
  ],
] as const) {
  t.test(`a mapping that is ${what} is made`, async (t) => {
    t.equal(set(text, [...DATA, 'a']), wanted);
  });
}

t.test('a text in several lines becomes one', async (t) => {
  const text = 'spec:\n  encryptedData:\n    a: |\n      AgB\n      old\n    b: >-\n      AgB\n';

  t.equal(set(text, [...DATA, 'a']), `spec:\n  encryptedData:\n    a: ${NEW}\n    b: >-\n      AgB\n`);
  t.equal(
    set(text, [...DATA, 'b']),
    `spec:\n  encryptedData:\n    a: |\n      AgB\n      old\n    b: ${NEW}\n`,
  );
  t.equal(set(text, [...DATA, 'c']), `${text}    c: ${NEW}\n`);
});

t.test('JSON stays JSON', async (t) => {
  const text = JSON.stringify({ spec: { encryptedData: { b: 'AgBold' }, template: {} } }, undefined, 2);

  const replaced = set(text, [...DATA, 'b']);
  const added = set(text, [...DATA, 'a']);

  t.equal(replaced, text.replace('AgBold', NEW));
  t.equal(added, text.replace('"AgBold"', `"AgBold",\n      "a": "${NEW}"`));
  t.same(JSON.parse(added).spec.encryptedData, { b: 'AgBold', a: NEW });
});

t.test('JSON in one line', async (t) => {
  t.equal(
    set('{"spec":{"encryptedData":{"b":"x"}}}', [...DATA, 'a']),
    `{"spec":{"encryptedData":{"b":"x", "a": "${NEW}"}}}`,
  );
  t.equal(set('{"spec":{}}', [...DATA, 'a']), `{"spec": { "encryptedData": { "a": "${NEW}" } }}`);
});

t.test('one of several documents, and one of a list', async (t) => {
  const text =
    'a: 1\n---\n# second\nitems:\n- spec:\n    encryptedData:\n      a: old\n- spec:\n    encryptedData: {a: old}\n';

  const edited = setTexts(text, [
    { document: 1, path: ['items', 0, ...DATA, 'a'], value: 'first-value' },
    { document: 1, path: ['items', 1, ...DATA, 'a'], value: 'second-value' },
    { document: 1, path: ['items', 0, ...DATA, 'b'], value: 'third-value' },
  ]);

  t.equal(
    edited,
    'a: 1\n---\n# second\nitems:\n- spec:\n    encryptedData:\n      a: first-value\n      b: third-value\n- spec:\n    encryptedData: {a: second-value}\n',
  );
});

t.test('a file of Windows keeps its line breaks', async (t) => {
  t.equal(
    set('spec:\r\n  encryptedData:\r\n    b: x\r\n  template: {}\r\n', [...DATA, 'a']),
    `spec:\r\n  encryptedData:\r\n    b: x\r\n    a: ${NEW}\r\n  template: {}\r\n`,
  );
});

t.test('a key that a merge brings is overridden where it is merged', async (t) => {
  const text = 'x: &x\n  a: old\nspec:\n  encryptedData:\n    <<: *x\n';

  t.equal(set(text, [...DATA, 'a']), `${text}    a: ${NEW}\n`);
});

for (const [what, text] of [
  ['an alias', 'x: &x\n  a: secret-canary\nspec:\n  encryptedData: *x\n'],
  ['a mapping that is shared', 'spec:\n  encryptedData: &x\n    a: secret-canary\nother: *x\n'],
  ['no mapping', 'spec: secret-canary\n'],
  ['a template of Helm', 'spec:\n  encryptedData:\n    a: {{ .Values.secret-canary }}\n'],
] as const) {
  t.test(`${what} is refused, and nothing of it is said`, async (t) => {
    const error = t.throws(() => set(text, [...DATA, 'a']), LatchkeyError) as LatchkeyError;

    t.equal(error.code, 'LK-SYNTAX');
    t.notMatch(error.message, 'canary');
  });
}
