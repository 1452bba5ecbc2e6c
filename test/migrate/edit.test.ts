import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { parse, stringify } from 'yaml';
import type { Path } from '../../src/manifests/node-path.ts';
import type { Json } from '../../src/manifests/objects.ts';
import { edited, type Edit } from '../../src/migrate/edit/edit.ts';
import { changedText, textChanges } from '../../src/migrate/edit/edit-text.ts';
import { readForEditing } from '../../src/migrate/edit/editing.ts';

function change(text: string, edits: readonly Edit[], at: Path = []): string {
  const [editing] = readForEditing(text);
  if (editing === undefined) throw new Error('no document');
  return changedText(text, textChanges(editing, [{ at, edits }]));
}

const ENV: Path = ['spec', 'containers', 0, 'env'];

const POD = `# A pod.
spec:
  containers:
  - name: app   # the app
    env:
    # first
    - name: A
      value: "0400"   # octal
    - name: B
      valueFrom:
        secretKeyRef: # the Secret
          name: db    # its name
          key: b
    # last
    - name: C
      value: c

    image: x
`;

t.test('an entry of a list goes with the comments above it, and nothing else changes', async (t) => {
  t.equal(
    change(POD, [{ kind: 'remove', path: [...ENV, 0] }]),
    POD.replace('    # first\n    - name: A\n      value: "0400"   # octal\n', ''),
  );
});

t.test('comments of what goes stand above what comes', async (t) => {
  const text = change(POD, [
    { kind: 'remove', path: [...ENV, 1] },
    {
      kind: 'add',
      path: ['metadata', 'annotations'],
      entries: [
        { key: 'a', text: '1' },
        { key: 'b', text: 'two', commentsOf: [[...ENV, 1]] },
      ],
    },
  ]);

  t.match(
    text,
    '# A pod.\nmetadata:\n  annotations:\n    a: "1"\n    # the Secret\n    # its name\n    b: two\nspec:\n',
  );
});

t.test('a field becomes a text, its comments stay', async (t) => {
  const text = change(POD, [
    { kind: 'replace', path: [...ENV, 1, 'valueFrom'], key: 'value', text: 'latchkey:ssm:/b' },
  ]);

  t.match(
    text,
    '    - name: B\n      # the Secret\n      # its name\n      value: latchkey:ssm:/b\n    # last\n',
  );
});

t.test('the first field of an entry may go', async (t) => {
  const text = change('containers:\n- env:\n  - {name: A}\n  name: app\n', [
    { kind: 'remove', path: ['containers', 0, 'env'] },
  ]);

  t.equal(text, 'containers:\n- name: app\n');
});

t.test('a list in brackets keeps the layout that it has', async (t) => {
  const lines = '{\n    "a": [\n        1,\n        {"b": 2},\n        3\n    ]\n}\n';

  t.equal(change(lines, [{ kind: 'remove', path: ['a', 0] }]), lines.replace('        1,\n', ''));
  t.equal(change(lines, [{ kind: 'remove', path: ['a', 2] }]), lines.replace(',\n        3', ''));
  t.equal(change('{ "a": [1, 2] }', [{ kind: 'remove', path: ['a', 1] }]), '{ "a": [1] }');
});

t.test('what cannot be changed in its place alone is refused', async (t) => {
  for (const [why, text, path] of [
    ['an alias repeats it', 'a: &x [1, 2]\nb: *x\n', ['a', 0]],
    ['it stands behind an alias', 'a: &x [1, 2]\nb: *x\n', ['b', 0]],
    ['it stands behind a merge key', 'a: &x {k: [1]}\nb: {<<: *x}\n', ['b', 'k', 0]],
    ['a comment stands in brackets', 'a: [1, # one\n  2]\n', ['a', 0]],
  ] as const) {
    t.throws(() => change(text, [{ kind: 'remove', path }]), { code: 'LK-SYNTAX' }, why);
  }
});

t.test('an anchor that nothing repeats is in nobody’s way', async (t) => {
  t.equal(change('a: &x\n- 1\n- 2\n', [{ kind: 'remove', path: ['a', 0] }]), 'a: &x\n- 2\n');
});

const word = fc.constantFrom(
  'a',
  'b-c',
  '0400',
  'yes',
  'x: y',
  'x # y',
  '',
  ' lead',
  'two\nlines',
  '{b}',
  '~',
  'é',
);
const variable = fc.record({ name: word, value: word });
const pod = fc.record({
  metadata: fc.option(fc.record({ labels: fc.dictionary(fc.constantFrom('x', 'y'), word) }), {
    nil: undefined,
  }),
  spec: fc.record({
    containers: fc.array(
      fc.record({ name: word, env: fc.array(variable, { minLength: 1, maxLength: 4 }), image: word }),
      { minLength: 1, maxLength: 3 },
    ),
  }),
});

/** The same object in many layouts. */
const layout = fc.record({
  json: fc.boolean(),
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  flow: fc.constantFrom('none', 'env', 'entries'),
  newline: fc.constantFrom('\n', '\r\n'),
});

function written(
  object: object,
  { json, indent, indentSeq, flow, newline }: typeof layout extends fc.Arbitrary<infer L> ? L : never,
): string {
  const clean = JSON.parse(JSON.stringify(object)) as object;
  if (json) return JSON.stringify(clean, null, indent).replaceAll('\n', newline);
  const text = stringify(clean, (_, value: unknown) => value, {
    indent,
    indentSeq,
    lineWidth: 0,
    collectionStyle: flow === 'none' ? 'block' : 'any',
    ...(flow === 'entries' ? { collectionStyle: 'flow' as const } : {}),
  });
  return text.replaceAll('\n', newline);
}

t.test('whatever the layout, the text says what the changes say, and twice the same lines', async (t) => {
  fc.assert(
    fc.property(pod, layout, fc.nat(), word, (object, style, seed, text) => {
      const whole = written(object, style);
      const value = parse(whole) as Json & typeof object;
      const container = seed % value.spec.containers.length;
      const env = value.spec.containers[container]?.env ?? [];
      const list: Path = ['spec', 'containers', container, 'env'];
      const edits: readonly Edit[] = [
        { kind: 'remove', path: [...list, seed % env.length] },
        ...(env.length > 1
          ? [
              {
                kind: 'replace',
                path: [...list, (seed + 1) % env.length, 'value'],
                key: 'valueOf',
                text,
              } as const,
            ]
          : []),
        { kind: 'add', path: ['metadata', 'annotations'], entries: [{ key: 'latchkey.dev/env.A', text }] },
        { kind: 'prepend', path: list, variables: [{ name: 'NEW', value: text }] },
      ];

      const result = change(whole, edits);

      return isDeepStrictEqual(parse(result), edited(value, edits));
    }),
    { numRuns: 300 },
  );
  t.pass();
});
