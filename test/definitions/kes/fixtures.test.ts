// Walks test/fixtures/definitions/kes: adding a case is adding a file. Each is compared with what KES 8.5.5 itself makes
// of it, which kes-original/generate.mjs recorded.

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import type { Recipe } from '../../../src/definitions/recipe.ts';
import { shown, type ShownSecret } from '../shown-secret.ts';
import type { Outcome } from './fixture.ts';
import { carryOut, codesAndFields, FIXTURES, readCase } from './fixture.ts';

interface Original {
  readonly refused?: true;
  readonly type: string;
  /** In base64. */
  readonly data: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const ORIGINALS = new Map(
  Object.entries(
    JSON.parse(readFileSync(new URL('kes-original/secrets.json', FIXTURES), 'utf8')) as Record<
      string,
      Original
    >,
  ),
);

function base64Of(value: ShownSecret['data'][string]): string {
  return typeof value === 'string' ? Buffer.from(value).toString('base64') : value.base64;
}

/** What the case expects, in the form of the record. */
function inRecord({ secret }: Outcome): unknown {
  if (secret === undefined) return { refused: true };
  const { type, data, labels = {}, annotations = {} } = secret;
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64Of(value)]));
  return { type, data: encoded, labels, annotations };
}

function recorded(path: string): unknown {
  const original = ORIGINALS.get(path);
  if (original === undefined) return undefined;
  if (original.refused === true) return { refused: true };
  const { type, data, labels, annotations } = original;
  return { type, data, labels, annotations };
}

/** Every text of AWS's answers that is long enough to be told from the words of a message. */
function valuesIn(aws: Outcome['aws']): readonly string[] {
  return Object.values(aws).flatMap((store) =>
    Object.values(store).flatMap((value) =>
      typeof value === 'string' ? (value.match(/[\w€ä]{6,}/g) ?? []) : [],
    ),
  );
}

type Reach = Pick<Outcome, 'questions' | 'regions' | 'roles'>;

function reachOf(recipe: Recipe): Reach {
  return {
    questions: recipe.questions.length,
    regions: [...new Set(recipe.questions.map(({ address }) => address.region))],
    roles: [...new Set(recipe.questions.flatMap(({ access }) => access.roles.map(({ roleArn }) => roleArn)))],
  };
}

for (const path of ['kes', 'articles'].flatMap((folder) =>
  readdirSync(new URL(folder, FIXTURES))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => `${folder}/${file}`),
)) {
  const each = readCase(path);
  const { outcome } = each;
  if ((each.definition as { apiVersion?: unknown }).apiVersion !== 'kubernetes-client.io/v1') continue;

  t.test(path, async (t) => {
    const { recipe, composed, legacy } = await carryOut(each);

    const warnings =
      composed.kind === 'secret' ? [...(recipe?.warnings ?? []), ...composed.draft.warnings] : undefined;
    if (composed.kind === 'problems') {
      t.same(codesAndFields(composed.problems), outcome.problems ?? []);
    } else {
      t.strictSame(composed.kind === 'secret' ? shown(composed) : composed, outcome.secret);
      t.equal(warnings?.length, outcome.warnings?.length ?? 0, String(warnings));
      for (const [index, text] of (outcome.warnings ?? []).entries()) t.match(warnings?.[index], text);
    }
    const reach: Reach = recipe === undefined ? {} : reachOf(recipe);
    for (const [name, value] of Object.entries(reach)) {
      const wanted = outcome[name as keyof Reach];
      if (wanted !== undefined) t.same(value, wanted, name);
    }
    t.same(legacy, outcome.legacy ?? legacy);
    const said = JSON.stringify([composed, warnings]);
    for (const value of valuesIn(outcome.aws)) t.notMatch(said, value, 'no value is said');
  });

  t.test(`${path}: as KES makes it, or with the difference named`, async (t) => {
    if (outcome.runsAway === true) return;
    if (outcome.original === undefined) t.strictSame(recorded(path), inRecord(outcome));
    else t.strictNotSame(recorded(path), inRecord(outcome));
  });
}
