// What lodash 4.17.21 makes of paths and documents is recorded in test/fixtures/definitions/kes-original.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { findProperty } from '../../../src/definitions/kes/json-property.ts';
import { jsonText } from '../../../src/definitions/kes/json-value.ts';
import { lodashPath } from '../../../src/definitions/kes/lodash-path.ts';

interface Recorded {
  readonly documents: readonly {
    readonly document: string;
    readonly found: Readonly<Record<string, string>>;
  }[];
  readonly paths: readonly (readonly [property: string, ...keys: string[]])[];
}

const RECORDED = JSON.parse(
  readFileSync(new URL('../../fixtures/definitions/kes-original/properties.json', import.meta.url), 'utf8'),
) as Recorded;

t.test('a path goes through the keys that lodash goes through', async (t) => {
  for (const [property, ...keys] of RECORDED.paths) t.same(lodashPath(property), keys, property);
});

for (const { document, found } of RECORDED.documents) {
  t.test(`lodash finds the same in ${document}`, async (t) => {
    const parsed: unknown = JSON.parse(document);

    for (const [property] of RECORDED.paths) {
      const own = findProperty(parsed, property);
      const expected = Object.hasOwn(found, property) ? found[property] : undefined;
      t.equal(own === undefined ? undefined : jsonText(own.value), expected, property);
    }
  });
}

t.test('only what the document itself holds is found, under whatever name', async (t) => {
  for (const key of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    t.equal(findProperty({ a: {} }, key), undefined, key);
    t.equal(findProperty({ a: {} }, `a.${key}`), undefined, key);
    t.same(findProperty(JSON.parse(`{"${key}":"own"}`), key), { value: 'own' }, key);
    t.same(findProperty(JSON.parse(`{"a":{"${key}":"own"}}`), `a.${key}`), { value: 'own' }, key);
  }
});

t.test('null is a value, and nothing is below it', async (t) => {
  t.same(findProperty({ a: null }, 'a'), { value: null });
  t.equal(findProperty({ a: null }, 'a.b'), undefined);
  t.equal(findProperty(null, 'a'), undefined);
});
