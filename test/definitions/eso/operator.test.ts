// What External Secrets Operator itself makes of the fixtures (test/fixtures/definitions/eso-original/main.go) is what they
// say, but where they say why not.

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { readFixture } from './fixture.ts';
import type { Fixture } from './fixture.ts';

type Texts = Readonly<Record<string, string>>;

interface Made {
  readonly type?: string;
  readonly labels?: Texts;
  readonly annotations?: Texts;
  readonly data?: Texts;
  /** It is an error there. */
  readonly failed?: true;
  /** It makes no Secret, and that is no error. */
  readonly none?: true;
}

const FIXTURES = new URL('../../fixtures/definitions/', import.meta.url);
const made = JSON.parse(readFileSync(new URL('eso-original/secrets.json', FIXTURES), 'utf8')) as Readonly<
  Record<string, Made>
>;
const names = readdirSync(new URL('eso/', FIXTURES)).toSorted();

/** As main.go shows values. */
function shown(value: string | Uint8Array): string {
  const bytes = Buffer.from(value);
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : `base64:${bytes.toString('base64')}`;
}

/** What the fixture wants. Of why there is no Secret, only this much is compared. */
function wantedOf({ secret }: Fixture): Made | 'no Secret' {
  if (secret === undefined) return 'no Secret';
  const { type = 'Opaque', labels = {}, annotations = {} } = secret;
  const data = Object.entries(secret.data).map(([key, value]) => [key, shown(value)] as const);
  return { type, labels, annotations, data: Object.fromEntries(data) };
}

function resultOf(name: string): Made | 'no Secret' {
  const { labels = {}, annotations = {}, data = {}, failed, none, ...rest } = made[name] ?? {};
  return failed === true || none === true ? 'no Secret' : { ...rest, labels, annotations, data };
}

t.test('every fixture has been through External Secrets Operator', async (t) => {
  t.same(Object.keys(made).toSorted(), names);
});

for (const name of names) {
  const fixture = readFixture(name);
  if (fixture.unasked === true) continue;

  if (fixture.differs === undefined) {
    t.test(`External Secrets Operator makes the same of ${name}`, async (t) => {
      t.same(resultOf(name), wantedOf(fixture));
    });
  } else {
    t.test(`External Secrets Operator makes something else of ${name}: ${fixture.differs}`, async (t) => {
      t.notSame(resultOf(name), wantedOf(fixture));
    });
  }
}
