import fc from 'fast-check';
import t from 'tap';
import { readJson, readMembers, readProperty } from '../../src/request/property.ts';
import type { Property } from '../../src/request/property.ts';

function property(text: string, name: string): Property {
  const reading = readJson(text);
  if (reading.kind !== 'json') throw new Error(reading.kind);
  return readProperty(reading.document, name);
}

function text(text: string): Property {
  return { kind: 'text', text };
}

t.test('an exact top-level key wins over the path', async (t) => {
  t.strictSame(property('{"a.b":"exact","a":{"b":"path"}}', 'a.b'), text('exact'));
  t.strictSame(property('{"a":{"b":"path"}}', 'a.b'), text('path'));
  t.strictSame(property('{"a..b[":"odd"}', 'a..b['), text('odd'));
});

t.test('a path has keys, quoted keys and indexes', async (t) => {
  const document = '{"db":{"users":[{"first name":"Ada","a.b":"dot","q\\"":"quote"},[10,20]]}}';
  t.strictSame(property(document, 'db.users[0]."first name"'), text('Ada'));
  t.strictSame(property(document, 'db.users[0]."a.b"'), text('dot'));
  t.strictSame(property(document, 'db.users[0]."q\\""'), text('quote'));
  t.strictSame(property(document, 'db.users[0].first name'), text('Ada'));
  t.strictSame(property(document, 'db.users[1][1]'), text('20'));
  t.strictSame(property('[{"a":1}]', '[0].a'), text('1'));
  t.strictSame(property('{"\\u0061":1}', 'a'), text('1'));
});

t.test('what is not there, is null or is no path is told apart', async (t) => {
  t.strictSame(property('{"a":null}', 'a'), { kind: 'null' });
  t.strictSame(property('{"a":1}', 'b'), { kind: 'missing' });
  t.strictSame(property('{"a":[1]}', 'a[1]'), { kind: 'missing' });
  t.strictSame(property('{"a":[1]}', 'a.length'), { kind: 'missing' });
  t.strictSame(property('{"a":"xyz"}', 'a[0]'), { kind: 'missing' });
  t.strictSame(property('{"a":{"0":1}}', 'a[0]'), { kind: 'missing' });
  t.strictSame(property('"text"', 'length'), { kind: 'missing' });
  for (const path of ['a..b', 'a.', '.a', 'a[', 'a[x]', 'a[-1]', 'a[01]', 'a"b"', 'a."b', '"a"b', ']']) {
    t.strictSame(property('{"a":1}', path), { kind: 'no-path' }, path);
  }
});

t.test('only own keys are found, and any of them', async (t) => {
  for (const key of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    t.strictSame(property('{"a":1}', key), { kind: 'missing' }, key);
    t.strictSame(property(`{"${key}":"own"}`, key), text('own'), key);
    t.strictSame(property(`{"a":{"${key}":"own"}}`, `a.${key}`), text('own'), key);
  }
});

t.test('values come as they stand in the source', async (t) => {
  const rows = [
    ['12345678901234567890', '12345678901234567890'],
    ['1.0', '1.0'],
    ['1e400', '1e400'],
    ['-0.10', '-0.10'],
    ['true', 'true'],
    ['false', 'false'],
    ['"a\\nb\\u00e9"', 'a\nbé'],
    ['""', ''],
    ['{ "z" : 1.0, "a" : [ 1 , { "x" : " a  b " } ] }', '{"z":1.0,"a":[1,{"x":" a  b "}]}'],
    ['[]', '[]'],
  ];
  for (const [source = '', expected = ''] of rows) {
    t.strictSame(property(`{ "v" : ${source} }`, 'v'), text(expected), source);
  }
  t.strictSame(property('{"v":"\\ud800"}', 'v'), { kind: 'not-text' });
  t.strictSame(property('{"v":1,"v":2}', 'v'), text('2'), 'the last of two counts, as for JSON.parse');
});

t.test('what is not strictly JSON is not JSON', async (t) => {
  for (const source of [
    '',
    'hunter2',
    '{a:1}',
    '{"a":1,}',
    '// x\n1',
    '\ufeff{}',
    '{"a":1} {"b":2}',
    "{'a':1}",
  ]) {
    t.strictSame(readJson(source), { kind: 'not-json' }, JSON.stringify(source));
  }
});

t.test('deep nesting is refused, not a crash', async (t) => {
  const deep = (depth: number) => readJson(`${'['.repeat(depth)}${']'.repeat(depth)}`).kind;

  t.equal(deep(200), 'json');
  t.equal(deep(201), 'too-deep');
  t.equal(deep(5000), 'too-deep');
  t.equal(readJson('{"a":'.repeat(5000) + '1' + '}'.repeat(5000)).kind, 'too-deep');
});

t.test('members are those of the object, own keys only', async (t) => {
  const members = (source: string, name?: string) => {
    const reading = readJson(source);
    return reading.kind === 'json' ? readMembers(reading.document, name) : reading.kind;
  };

  t.strictSame(members('{"a":1.0,"__proto__":"x","n":null}'), [
    { key: 'a', value: text('1.0') },
    { key: '__proto__', value: text('x') },
    { key: 'n', value: { kind: 'null' } },
  ]);
  t.strictSame(members('{"a":{"b":true}}', 'a'), [{ key: 'b', value: text('true') }]);
  t.equal(members('[1]'), 'no-object');
  t.equal(members('{"a":null}', 'a'), 'null');
  t.equal(members('{}', 'a'), 'missing');
});

t.test('every member of any object is found under its key', async () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.jsonValue()), (object) => {
      const source = JSON.stringify(object, undefined, 2);
      return Object.entries(object).every(([key, value]) => {
        const found = property(source, key);
        if (value === null) return found.kind === 'null';
        const expected = typeof value === 'string' ? value : JSON.stringify(value);
        return found.kind === 'text' ? found.text === expected : found.kind === 'not-text';
      });
    }),
  );
});
