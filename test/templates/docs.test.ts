// Holds docs/templates.md and the code together.

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { functionsOf } from '../../src/templates/functions/functions.ts';
import { REFUSED } from '../../src/templates/functions/refused.ts';
import { DEFAULT_LIMITS, MAX_TEMPLATE_CHARACTERS } from '../../src/templates/limits.ts';
import { LIBRARY } from '../../src/templates/lodash/library.ts';
import { LIST_METHODS, NUMBER_METHODS, STRING_METHODS } from '../../src/templates/lodash/methods.ts';
import { Namespace } from '../../src/templates/lodash/values.ts';
import { parse } from '../../src/templates/syntax/parse.ts';
import { page, quotedIn, rows, section } from '../support/pages.ts';

const text = page('docs/templates.md');
const listed = rows(section(text, '### Functions')).flatMap(([names = '', how = '']) =>
  quotedIn(names).map((name) => ({ name, how })),
);

function named(how: RegExp): readonly string[] {
  return listed.filter((each) => how.test(each.how)).map(({ name }) => name);
}

t.test('every function is listed once, as one that works, differs or is refused', async (t) => {
  const names = listed.map(({ name }) => name);

  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
    'twice',
  );
  t.same(
    listed.filter(({ how }) => !/^(?:works(?:\. ESO)?$|differs: .|refused: .)/.test(how)),
    [],
    'how',
  );
});

t.test('the functions that work or differ are those that there are, ESO its own', async (t) => {
  const all = [...functionsOf('external-secrets').keys()];
  const sealed = functionsOf('sealed-secrets');

  t.same(named(/^(?:works|differs)/).toSorted(), all.toSorted());
  t.same(named(/ESO$/).toSorted(), all.filter((name) => !sealed.has(name)).toSorted());
});

t.test('the functions that are refused are those with a reason', async (t) => {
  const eso = functionsOf('external-secrets');
  const refused = Object.keys(REFUSED);

  t.same(named(/^refused/).toSorted(), refused.filter((name) => !eso.has(name)).toSorted());
  t.same(
    refused.filter((name) => functionsOf('sealed-secrets').has(name)),
    [],
  );
});

t.test('where an answer of Go is refused by us, one of the functions in it is said to differ', async (t) => {
  const folder = new URL('known-answers/answers/', import.meta.url);
  const differing = new Set([...named(/^differs/), 'complex numbers']);

  for (const file of readdirSync(folder)) {
    const answers = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      template: string;
      ours?: string;
    }[];
    for (const { template } of answers.filter(({ ours }) => ours !== undefined)) {
      const called = /^\{\{[0-9+]+i\}\}$/.test(template)
        ? ['complex numbers']
        : parse(template, 't').mentions.map(({ name }) => name);

      t.ok(
        called.some((name) => differing.has(name)),
        template,
      );
    }
  }
});

t.test("the parts of JavaScript's library are those that lodash templates have", async (t) => {
  const there = new Map(
    rows(section(text, '## lodash templates')).map(([of = '', names = '']) => [
      of,
      quotedIn(names).toSorted(),
    ]),
  );
  const library = Object.entries(LIBRARY).flatMap(([name, value]) => {
    if (!(value instanceof Namespace)) return [name];
    const members = Object.keys(value.members).map((member) => `${name}.${member}`);
    return value.self === undefined ? members : [name, ...members];
  });

  t.same(there.get('texts'), ['length', '[index]', ...Object.keys(STRING_METHODS)].toSorted());
  t.same(there.get('arrays'), ['length', '[index]', ...Object.keys(LIST_METHODS)].toSorted());
  t.same(there.get('numbers'), Object.keys(NUMBER_METHODS).toSorted());
  t.same(there.get('names'), library.toSorted());
});

t.test('the limits are those of the code', async (t) => {
  const table = new Map(rows(section(text, '## Limits')).map(([what = '', limit = '']) => [what, limit]));
  const MEBIBYTE = 1024 * 1024;

  t.equal(table.get('a template'), `${String(MAX_TEMPLATE_CHARACTERS / MEBIBYTE)} MiB`);
  t.equal(
    table.get('its output, and each text on the way to it'),
    `${String(DEFAULT_LIMITS.outputBytes / MEBIBYTE)} MiB`,
  );
  t.ok(
    [...table].some(
      ([what, limit]) => what.startsWith('steps') && limit === DEFAULT_LIMITS.steps.toLocaleString('en'),
    ),
  );
  t.equal(table.get('depth of nesting, of the template and of values'), String(DEFAULT_LIMITS.depth));
});
