// Holds docs/compatibility.md and the code together, and each difference and the case that shows it.

import t from 'tap';

import { DIFFERENCES } from '../../../src/definitions/ascp/differences.ts';
import { SPEC_FIELDS } from '../../../src/definitions/ascp/fields.ts';
import { flatten } from '../../../src/definitions/eso/fields.ts';
import { compatibilityPage, differenceRows } from '../../support/compatibility-page.ts';
import { readCase } from './fixture.ts';

const { table, fields } = compatibilityPage('## AWS provider for the Secrets Store CSI driver (ASCP)');

t.test(
  'the page lists every field of a SecretProviderClass and no other, each with what becomes of it',
  async (t) => {
    const documented = fields('### Fields of SecretProviderClass');

    const known = flatten(SPEC_FIELDS, 'spec').map(([path, { verdict }]) => [path, verdict]);
    t.strictSame(documented, known);
  },
);

t.test('what differs or is refused says how', async (t) => {
  for (const [field, verdict, how = ''] of table('### Fields of SecretProviderClass'))
    if (verdict !== 'works') t.not(how, '', String(field));
});

t.test('the page lists every difference, in order', async (t) => {
  t.strictSame(
    table('### Where Latchkey differs from the AWS provider and the driver'),
    differenceRows(DIFFERENCES),
  );
});

for (const { shownBy, code, instead, where } of DIFFERENCES) {
  t.test(`${shownBy} shows: ${where}`, async (t) => {
    const { outcome } = readCase(shownBy);

    t.not(outcome.original, undefined, 'the case says what the original does');
    t.not((code === undefined) === (instead === undefined), true, 'refused or made, one of the two');
    const ofSecrets = Object.values(outcome.secrets ?? {}).flatMap((each) =>
      Array.isArray(each) ? each : [],
    );
    const problems = [...(outcome.problems ?? []), ...(ofSecrets as readonly string[])];
    if (code === undefined) t.not(outcome.files, undefined);
    else t.ok(problems.some((problem) => problem.startsWith(`${code} `)));
  });
}
