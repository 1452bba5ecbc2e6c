// Holds docs/compatibility.md and the differences that the report names together.

import t from 'tap';
import { DIFFERENCES } from '../../src/migrate/differences.ts';
import { page, quotedIn, rows, section } from '../support/pages.ts';

const PAGE = section(page('docs/compatibility.md'), '## What migrate may change');

function isRow([name = '']: readonly string[]): boolean {
  return name.startsWith('`');
}

t.test('the page explains each difference in the words of the report, and no other', async (t) => {
  const documented = rows(PAGE)
    .filter(isRow)
    .map(([name = '', text = '']) => [quotedIn(name)[0], text]);

  t.strictSame(Object.fromEntries(documented), { ...DIFFERENCES });
  t.equal(documented.length, Object.keys(DIFFERENCES).length, 'each once');
});

t.test('each stands where it belongs', async (t) => {
  const namesBelow = (heading: string) =>
    rows(section(page('docs/compatibility.md'), `### ${heading}`))
      .filter(isRow)
      .map(([name = '']) => quotedIn(name)[0] ?? '');

  for (const name of namesBelow('From KES to annotations')) t.match(name, /^kes-/);
  for (const name of namesBelow('From External Secrets Operator to annotations')) t.match(name, /^eso-/);
  for (const name of namesBelow('From KES to External Secrets Operator')) t.match(name, /^to-eso-/);
  for (const name of namesBelow('From sealed-secrets to annotations')) t.match(name, /^sealed-/);
  for (const name of namesBelow('From the AWS provider (ASCP) to annotations')) t.match(name, /^ascp-/);
  for (const name of namesBelow('From any of them to annotations'))
    t.notMatch(name, /^(?:kes|eso|sealed|ascp|to-eso)-/);
});
