// Holds docs/compatibility.md and the code together, and each difference and the case that shows it.

import { existsSync } from 'node:fs';
import t from 'tap';
import { DIFFERENCES } from '../../../src/definitions/kes/differences.ts';
import { isOtherBackend, kesFields } from '../../../src/definitions/kes/fields.ts';
import { PERMITTED_NAMES, PERMITTED_ROLES } from '../../../src/definitions/kes/permitted.ts';
import { compatibilityPage, differenceRows } from '../../support/compatibility-page.ts';
import { quotedIn } from '../../support/pages.ts';
import { FIXTURES, readCase } from './fixture.ts';

const { table, fields } = compatibilityPage();

t.test('the page lists every field of KES and no other, each with what becomes of it', async (t) => {
  const documented = fields('### Fields of KES');

  const known = [...kesFields()].map(([field, treatment]) => [
    field,
    isOtherBackend(treatment) ? 'ignored' : treatment,
  ]);
  t.strictSame(documented, known);
});

t.test('the page says whose the fields of other backends are', async (t) => {
  const documented = new Map(
    table('### Fields of KES').map(([field = '', , how = '']) => [quotedIn(field)[0], how]),
  );

  for (const [field, treatment] of kesFields()) {
    if (isOtherBackend(treatment)) t.equal(documented.get(field), `of \`${treatment}\``, field);
  }
});

t.test('what differs says how', async (t) => {
  for (const [field, verdict, how = ''] of table('### Fields of KES')) {
    if (verdict === 'differs') t.not(how, '', String(field));
  }
});

t.test('the page lists every difference, in order', async (t) => {
  t.strictSame(table('### Where Latchkey differs from KES'), differenceRows(DIFFERENCES));
});

for (const { shownBy, code, instead, where } of DIFFERENCES) {
  t.test(`${shownBy} shows: ${where}`, async (t) => {
    const path = `kes/${shownBy}.yaml`;
    t.ok(existsSync(new URL(path, FIXTURES)));
    const { outcome } = readCase(path);

    t.not(outcome.original, undefined, 'the case says what KES does');
    t.not((code === undefined) === (instead === undefined), true, 'refused or made, one of the two');
    if (code === undefined) t.not(outcome.secret, undefined);
    else t.ok(outcome.problems?.some((problem) => problem.startsWith(`${code} `)));
  });
}

t.test('the page names the annotations that are obeyed', async (t) => {
  const named = table('### Namespace annotations of KES').map(([name = '']) => quotedIn(name)[0]);

  t.same(named, [PERMITTED_ROLES, PERMITTED_NAMES]);
});
