// Walks test/fixtures/definitions/sealed: adding a case is adding a file. Each is compared with what sealed-secrets itself
// makes of it, which test/kubeseal/record-secrets.ts recorded.

import { readFileSync } from 'node:fs';

import t from 'tap';

import { shown, type ShownSecret } from '../shown-secret.ts';
import { carryOut, type Outcome, readCases } from './fixture.ts';
import type { OriginalSecret } from '../../kubeseal/original-secret.ts';

const ORIGINALS = JSON.parse(
  readFileSync(new URL('../../fixtures/definitions/sealed-original.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, OriginalSecret>>;

for (const each of await readCases()) {
  const { name, outcome } = each;

  t.test(name, async (t) => {
    const { recipe, composed } = await carryOut(each);

    const problems = composed.kind === 'problems' ? composed.problems : [];
    t.same(
      problems.map(({ code, field }) => `${code} ${field}`),
      outcome.problems ?? [],
    );
    t.strictSame(composed.kind === 'secret' ? shown(composed) : undefined, outcome.secret);
    if (composed.kind === 'secret') {
      const warnings = [...(recipe?.warnings ?? []), ...composed.draft.warnings];
      t.equal(warnings.length, outcome.warnings?.length ?? 0, String(warnings));
      for (const [index, text] of (outcome.warnings ?? []).entries()) t.match(warnings[index], text);
      t.equal(recipe?.ownership, outcome.owned === false ? 'orphan' : 'owner');
    }
    const said = JSON.stringify(problems);
    if (outcome.says !== undefined) t.ok(said.includes(outcome.says), said);
    t.notMatch(said, /fixture-(?:user|one|two)/, 'no value is said');
  });

  t.test(`${name}: as sealed-secrets makes it, or with the difference named`, async (t) => {
    if (outcome.runsAway === true) return;
    const original = ORIGINALS[name];
    t.not(original, undefined, 'recorded: node test/kubeseal/record-secrets.ts');
    if (outcome.original === undefined) t.strictSame(original, inRecord(outcome));
    else t.strictNotSame(original, inRecord(outcome));
  });
}

/** What the case expects, in the form of the record. */
function inRecord({ secret, owned }: Outcome): OriginalSecret {
  if (secret === undefined) return { refused: true };
  const { type, data, labels = {}, annotations = {}, immutable = false } = secret;
  const encoded = Object.fromEntries(
    Object.entries(data)
      .map(([key, value]) => [key, base64Of(value)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return { type, data: encoded, labels, annotations, finalizers: [], immutable, owned: owned !== false };
}

function base64Of(value: ShownSecret['data'][string]): string {
  return typeof value === 'string' ? Buffer.from(value).toString('base64') : value.base64;
}
