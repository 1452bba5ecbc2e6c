// Holds docs/compatibility.md and the code together, and each difference and the case that shows it.

import t from 'tap';

import { flatten } from '../../../src/definitions/eso/fields.ts';
import { DIFFERENCES } from '../../../src/definitions/sealed-secret/differences.ts';
import { SPEC_FIELDS } from '../../../src/definitions/sealed-secret/fields.ts';
import { SKIP_OWNER_ANNOTATION } from '../../../src/definitions/sealed-secret/read-sealed-secret.ts';
import { CLUSTER_WIDE_ANNOTATION, NAMESPACE_WIDE_ANNOTATION } from '../../../src/sealed/scope.ts';
import { compatibilityPage, differenceRows } from '../../support/compatibility-page.ts';
import { quotedIn } from '../../support/pages.ts';
import { readCase } from './fixture.ts';

const { table, fields } = compatibilityPage('## sealed-secrets');

t.test(
  'the page lists every field of a SealedSecret and no other, each with what becomes of it',
  async (t) => {
    const documented = fields('### Fields of SealedSecret');

    const known = flatten(SPEC_FIELDS, 'spec').map(([path, { verdict }]) => [path, verdict]);
    t.strictSame(documented, known);
  },
);

t.test('what differs or is refused says how', async (t) => {
  for (const [field, verdict, how = ''] of table('### Fields of SealedSecret'))
    if (verdict !== 'works') t.not(how, '', String(field));
});

t.test('the page lists every difference, in order', async (t) => {
  t.strictSame(table('### Where Latchkey differs from sealed-secrets'), differenceRows(DIFFERENCES));
});

for (const { shownBy, code, instead, where } of DIFFERENCES) {
  t.test(`${shownBy} shows: ${where}`, async (t) => {
    const { outcome } = await readCase(shownBy);

    t.not(outcome.original, undefined, 'the case says what sealed-secrets does');
    t.not((code === undefined) === (instead === undefined), true, 'refused or made, one of the two');
    if (code === undefined) t.not(outcome.secret, undefined);
    else t.ok(outcome.problems?.some((problem) => problem.startsWith(`${code} `)));
  });
}

t.test('the page names the annotations that are obeyed', async (t) => {
  const named = table('### Annotations of sealed-secrets').map(([name = '']) => quotedIn(name)[0]);

  for (const name of [NAMESPACE_WIDE_ANNOTATION, CLUSTER_WIDE_ANNOTATION, SKIP_OWNER_ANNOTATION])
    t.ok(named.includes(name), name);
});
