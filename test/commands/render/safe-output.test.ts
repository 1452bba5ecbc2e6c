import { assert, property, string } from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';

import { safeJson, safeYaml } from '../../../src/commands/render/safe-output.ts';

const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

t.test('unprintable characters are escapes, and come back when they are read', async (t) => {
  for (const text of [
    'a\u202Eb',
    '\u001B[31m',
    'x\u2028y',
    'tag\u{E0001}',
    '\u0085',
    'tab\there',
    'line\nline\u200B',
    '\uFEFF',
  ]) {
    const value = { [text]: text, list: [text] };

    t.notMatch(safeYaml(value) + safeJson(value), UNPRINTABLE, Buffer.from(text).toString('hex'));
    // Compared as text: a reporter of differences would print the characters themselves.
    t.equal(JSON.stringify(parse(safeYaml(value))) === JSON.stringify(value), true);
    t.equal(JSON.stringify(JSON.parse(safeJson(value))) === JSON.stringify(value), true);
  }
});

t.test('words that YAML 1.1 reads as something else are quoted', async (t) => {
  t.match(safeYaml({ a: 'off', b: 'yes', c: '0444', d: '1:30' }), /a: "off"\nb: "yes"\nc: "0444"/);
});

t.test('any text survives', async (t) => {
  t.doesNotThrow(() => {
    assert(
      property(string({ unit: 'binary', maxLength: 20 }), (text) => {
        const wellFormed = text.toWellFormed();
        const value = { key: wellFormed };
        return (
          (parse(safeYaml(value)) as typeof value).key === wellFormed &&
          (JSON.parse(safeJson(value)) as typeof value).key === wellFormed &&
          !UNPRINTABLE.test(safeYaml(value) + safeJson(value))
        );
      }),
      { numRuns: 3000 },
    );
  });
});
