import * as fc from 'fast-check';
import t from 'tap';
import { deliverPlaintext } from '../../src/delivery/plaintext.ts';
import type { Plan } from '../../src/request/plan.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { expand } from './kubelet-expand.ts';

const STATUS = { version: 1, plan: 'p', delivery: 'plaintext' } as const;
const SLOT = { kind: 'env', name: 'A' } as const;
const PLACE = { label: 'env A', field: 'metadata.annotations[latchkey.dev/env.A]' };
const PLAN: Plan = {
  delivery: 'plaintext',
  items: [{ slot: SLOT, template: [], place: PLACE }],
  bulks: [],
  inPlace: [],
  targets: ['app'],
  mountPath: '/m',
  fileMode: 0o444,
  preflight: 'off',
};

function podWith(env: readonly { readonly name: string; readonly value?: string }[], status?: string) {
  const annotations = status === undefined ? {} : { 'latchkey.dev/status': status };
  return { metadata: { annotations }, spec: { containers: [{ name: 'app', env }] } };
}

function deliver(value: string | Uint8Array, pod = podWith([])) {
  return deliverPlaintext(pod, PLAN, {
    filled: [{ slot: SLOT, value: new SecretValue(value) }],
    status: STATUS,
  });
}

function valueIn(operations: ReturnType<typeof deliver>['operations']): unknown {
  const [first] = operations;
  return first !== undefined && 'value' in first ? first.value : undefined;
}

t.test('whatever the value is, the container sees that value', async () => {
  const variables = new Map([['HOME', '/root']]);
  const hard = fc
    .array(fc.constantFrom('$', '(', ')', '$(HOME)', 'a', 'é'), { maxLength: 8 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(hard, fc.string({ unit: 'grapheme' })), (value) => {
      if (value.includes('\0')) return true;
      const added = valueIn(deliver(value).operations);
      return (
        typeof added === 'object' &&
        added !== null &&
        'value' in added &&
        expand(String(added.value), variables) === value
      );
    }),
  );
});

t.test('a value that no variable can hold is refused without a word of it', async (t) => {
  for (const value of ['canary\0', Buffer.from('canary\u00ff', 'latin1')]) {
    const { operations, problems } = deliver(value);

    t.strictSame(operations, []);
    t.match(problems, [{ code: 'LK-ENCODING', place: 'env A' }]);
    t.notMatch(JSON.stringify(problems), 'canary');
  }
});

t.test('a byte order mark is part of the value', async (t) => {
  t.match(valueIn(deliver('\ufeffx').operations), { value: '\ufeffx' });
});

t.test('a variable that the container sets itself is a conflict, and its value is not shown', async (t) => {
  const { operations, problems } = deliver('secret', podWith([{ name: 'A', value: 'own-canary' }]));

  t.strictSame(operations, []);
  t.match(problems, [{ code: 'LK-CONFLICT', place: 'env A' }]);
  t.notMatch(JSON.stringify(problems), 'own-canary');
});

t.test('a value that changed since the first review of this plan is replaced alone', async (t) => {
  const status = '{"version":1,"plan":"p","delivery":"plaintext","targets":["app"]}';

  const { operations } = deliver('new', podWith([{ name: 'B' }, { name: 'A', value: 'old' }], status));

  t.strictSame(operations, [{ op: 'replace', path: '/spec/containers/0/env/1/value', value: 'new' }]);
});

t.test('a status of another plan makes no variable ours', async (t) => {
  const { problems } = deliver(
    'new',
    podWith([{ name: 'A', value: 'old' }], '{"version":1,"plan":"q","delivery":"plaintext"}'),
  );

  t.match(problems, [{ code: 'LK-CONFLICT' }]);
});

t.test('every delivery says where the values can be seen', async (t) => {
  t.match(deliver('x').warnings, [/^plaintext delivery: the values are in the pod spec/]);
});
