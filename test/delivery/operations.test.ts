import * as fc from 'fast-check';
import t from 'tap';
import { editList, pointer, setAnnotations } from '../../src/delivery/operations.ts';
import { apply } from './apply.ts';

t.test('a pointer escapes what would end or change a part', async (t) => {
  t.equal(
    pointer('metadata', 'annotations', 'latchkey.dev/env.A~1'),
    '/metadata/annotations/latchkey.dev~1env.A~01',
  );
});

t.test('an absent array is made by one add of everything that goes in', async (t) => {
  const edit = editList<string>('/env', undefined);

  edit.insert(0, 'b');
  edit.insert(0, 'a');
  edit.append('c');

  t.same(edit.operations(), [{ op: 'add', path: '/env', value: ['a', 'b', 'c'] }]);
});

t.test('an absent array into which nothing goes stays absent', async (t) => {
  t.same(editList<string>('/env', undefined).operations(), []);
});

t.test('an array that YAML left null is made like an absent one', async (t) => {
  const edit = editList<string>('/env', null);
  edit.append('a');

  const result = apply({ env: null }, edit.operations());

  t.same(result, { env: ['a'] });
});

t.test('each step is right after the steps before it', async (t) => {
  const stepArbitrary = fc.record({
    kind: fc.constantFrom('insert', 'append', 'replace', 'remove'),
    at: fc.nat(20),
    value: fc.string(),
  });
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(stepArbitrary), (given, steps) => {
      const edit = editList('/list', given);
      for (const { kind, at, value } of steps) {
        const index = edit.now.length === 0 ? 0 : at % edit.now.length;
        if (kind === 'append') edit.append(value);
        else if (kind === 'insert') edit.insert(index, value);
        else if (edit.now.length > 0 && kind === 'replace') edit.replace(index, value);
        else if (edit.now.length > 0) edit.remove(index);
      }

      const result = apply({ list: given }, edit.operations());

      t.same(result, { list: edit.now });
    }),
  );
});

t.test('annotations of a pod that has none are made as one map', async (t) => {
  const operations = setAnnotations(
    undefined,
    new Map([
      ['latchkey.dev/status', 'x'],
      ['latchkey.dev/in-place', undefined],
    ]),
  );

  t.same(operations, [{ op: 'add', path: '/metadata/annotations', value: { 'latchkey.dev/status': 'x' } }]);
});

t.test('annotations are added, replaced, removed or left, one by one', async (t) => {
  const given = { a: 'same', b: 'old', c: 'gone' };
  const wanted = new Map([
    ['a', 'same'],
    ['b', 'new'],
    ['c', undefined],
    ['d/e', 'added'],
    ['f', undefined],
  ]);

  const operations = setAnnotations(given, wanted);

  t.same(operations, [
    { op: 'replace', path: '/metadata/annotations/b', value: 'new' },
    { op: 'remove', path: '/metadata/annotations/c' },
    { op: 'add', path: '/metadata/annotations/d~1e', value: 'added' },
  ]);
});

t.test('an annotation named like an inherited key is not taken for present', async (t) => {
  const operations = setAnnotations({}, new Map([['constructor', 'x']]));

  t.same(operations, [{ op: 'add', path: '/metadata/annotations/constructor', value: 'x' }]);
});
