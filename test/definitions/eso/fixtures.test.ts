// Every file in test/fixtures/definitions/eso is a case: adding one is adding a file.

import { readdirSync } from 'node:fs';
import t from 'tap';
import type { Test } from 'tap';
import type { Composed, ReadDefinition, SecretDraft } from '../../../src/definitions/recipe.ts';
import type { Problem } from '../../../src/errors.ts';
import { describe } from '../../../src/errors.ts';
import { questionTitle } from './asks.ts';
import { composedOf, readFixture, recipeFor } from './fixture.ts';
import type { Fixture, WantedSecret } from './fixture.ts';

const DIRECTORY = new URL('../../fixtures/definitions/eso/', import.meta.url);

function shortly({ code, field }: Problem): string {
  return `${code} ${field}`;
}

function shown(value: string | Uint8Array): string {
  return Buffer.from(value).toString('latin1');
}

function checkSecret(t: Test, wanted: WantedSecret, draft: SecretDraft): void {
  const data = Object.fromEntries(
    [...draft.data].map(([key, value]) => [key, shown(value.reveal())] as const),
  );
  const expected = Object.fromEntries(Object.entries(wanted.data).map(([key, value]) => [key, shown(value)]));

  t.strictSame(data, expected, 'data');
  t.equal(draft.type, wanted.type ?? 'Opaque', 'type');
  t.equal(draft.immutable, wanted.immutable, 'immutable');
  t.strictSame(draft.labels, wanted.labels ?? {}, 'labels');
  t.strictSame(draft.annotations, wanted.annotations ?? {}, 'annotations');
}

function checkRefused(t: Test, fixture: Fixture, problems: readonly Problem[]): void {
  t.strictSame(problems.map(shortly).toSorted(), fixture.refused?.toSorted(), 'problems');
  const texts = problems.map(describe).join('\n');
  for (const problem of problems) t.match(problem.remedy, /^\S.*[.?]$/s, 'a remedy in sentences');
  if (fixture.says !== undefined) t.ok(texts.includes(fixture.says), texts);
  for (const secret of secretsOf(fixture)) t.notOk(texts.includes(secret), 'no value in a message');
}

/** Values of this length do not stand in messages by chance. */
function secretsOf({ aws = [] }: Fixture): readonly string[] {
  return aws.flatMap(({ value }) => (typeof value === 'string' && value.length > 7 ? [value] : []));
}

function problemsOf(reading: ReadDefinition, composed: Composed | undefined): readonly Problem[] {
  if (reading.kind === 'problems') return reading.problems;
  return composed?.kind === 'problems' ? composed.problems : [];
}

for (const name of readdirSync(DIRECTORY).toSorted()) {
  t.test(`eso: ${name}`, async (t) => {
    const fixture = readFixture(name);

    const reading = recipeFor(fixture);
    const recipe = reading.kind === 'recipe' ? reading.recipe : undefined;
    const composed = recipe === undefined ? undefined : composedOf(fixture, recipe);

    checkRefused(t, { refused: [], ...fixture }, problemsOf(reading, composed));
    t.equal(composed?.kind === 'nothing', fixture.nothing === true, 'nothing');
    t.equal(composed?.kind === 'secret', fixture.secret !== undefined, 'a Secret');
    if (composed?.kind === 'secret' && fixture.secret !== undefined) {
      checkSecret(t, fixture.secret, composed.draft);
      t.equal(recipe?.secretName, fixture.secret.name ?? 'db', 'its name');
      t.equal(recipe?.ownership, fixture.secret.ownership ?? 'owner', 'whose it is');
    }
    if (fixture.asks !== undefined) t.strictSame(recipe?.questions.map(questionTitle), fixture.asks, 'asks');
    const warnings = [
      ...(recipe?.warnings ?? []),
      ...(composed?.kind === 'secret' ? composed.draft.warnings : []),
    ];
    t.equal(warnings.length, fixture.warns?.length ?? 0, warnings.join('\n'));
    for (const [index, part] of (fixture.warns ?? []).entries()) t.ok(warnings[index]?.includes(part), part);
  });
}
