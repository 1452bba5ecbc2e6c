import t from 'tap';

import { plainJmesPath } from '../../src/migrate/definitions/plain-jmes-path.ts';
import { loadJmesPath } from '../../src/request/jmes-path.ts';
import { readJson, readProperty } from '../../src/request/property.ts';

const DOCUMENT = JSON.stringify({
  user: 'a',
  db: { 'na-me': { first: 'b' }, list: [{ name: 'c' }, 'd'] },
  '0': 'e',
  'with"quote': 'f',
  'a b': { 'c.d': 'g' },
});

for (const [expression, property] of [
  ['user', 'user'],
  [' user ', 'user'],
  ['db."na-me".first', 'db.na-me.first'],
  ['db.list[0].name', 'db.list[0].name'],
  ['db.list[1]', 'db.list[1]'],
  ['"0"', '"0"'],
  ['"with\\"quote"', '"with\\"quote"'],
  ['"a b"."c.d"', 'a b."c.d"'],
] as const) {
  t.test(`${expression} is a property, and takes the same`, async (t) => {
    const found = plainJmesPath(expression);

    t.equal(found, property);
    const json = readJson(DOCUMENT);
    if (json.kind !== 'json') throw new Error('no JSON');
    const jmesPath = await loadJmesPath();
    const wanted = jmesPath.begin().search(expression, DOCUMENT);
    t.type(wanted, 'string');
    t.match(readProperty(json.document, found ?? ''), { kind: 'text', text: wanted });
  });
}

for (const expression of [
  '',
  '@',
  '*',
  'a.*',
  'a[*].b',
  'a[]',
  'a[-1]',
  'a[0:2]',
  'a[?b]',
  'a || b',
  'a | b',
  'join(`,`, a)',
  "'a'",
  '`"a"`',
  '.a',
  '[0]',
  'a..b',
  'a.',
  'a b',
  'a"b"',
  '{a: b}',
  '"a',
]) {
  t.test(`${JSON.stringify(expression)} is none`, async (t) => {
    t.equal(plainJmesPath(expression), undefined);
  });
}
