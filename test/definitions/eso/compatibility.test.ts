// docs/compatibility.md lists every field that the code knows, with what becomes of it, and no other.

import t from 'tap';
import { EXTERNAL_SECRET_FIELDS } from '../../../src/definitions/eso/external-secret-fields.ts';
import { flatten } from '../../../src/definitions/eso/fields.ts';
import type { Fields } from '../../../src/definitions/eso/fields.ts';
import { STORE_FIELDS } from '../../../src/definitions/eso/store-fields.ts';
import { CODES } from '../../../src/errors.ts';
import { page, quotedIn, rows, section } from '../../support/pages.ts';

const text = section(page('docs/compatibility.md'), '## External Secrets Operator');

/** What a table says of each field: its path and its verdict. */
function tableOf(heading: string): readonly string[] {
  return rows(section(text, heading))
    .filter(([field = '']) => field.startsWith('`'))
    .map(([field = '', verdict = '']) => `${field.replaceAll('`', '')} ${verdict}`);
}

function knownOf(fields: Fields): readonly string[] {
  return flatten(fields, 'spec').map(([path, { verdict }]) => `${path} ${verdict}`);
}

t.test('the page lists the fields of an ExternalSecret as the code knows them', async (t) => {
  t.same(tableOf('### Fields of ExternalSecret').toSorted(), knownOf(EXTERNAL_SECRET_FIELDS).toSorted());
});

t.test('the page lists the fields of stores as the code knows them', async (t) => {
  t.same(
    tableOf('### Fields of SecretStore and ClusterSecretStore').toSorted(),
    knownOf(STORE_FIELDS).toSorted(),
  );
});

t.test('the page says how each field differs, and why it is refused', async (t) => {
  const silent = rows(text).filter(
    ([field = '', verdict = '', how = '']) =>
      field.startsWith('`spec') && (verdict === 'differs' || verdict === 'refused') && how === '',
  );

  t.same(silent, []);
});

t.test('every code and field that the page names exists', async (t) => {
  const known = [...flatten(EXTERNAL_SECRET_FIELDS, 'spec'), ...flatten(STORE_FIELDS, 'spec')];
  const fields = new Set(known.map(([path]) => path));
  const words = quotedIn(text);

  for (const code of words.filter((word) => word.startsWith('LK-'))) t.ok(Object.hasOwn(CODES, code), code);
  for (const path of words.filter((word) => word.startsWith('spec.'))) t.ok(fields.has(path), path);
});
