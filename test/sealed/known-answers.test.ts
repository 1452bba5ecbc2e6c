// Values that kubeseal itself sealed. test/kubeseal/make-known-answers.ts made them; `npm run test:kubeseal` holds the two
// programs against each other as they are now.

import { readFileSync } from 'node:fs';

import t from 'tap';

import { parseCiphertext } from '../../src/sealed/ciphertext.ts';
import { openValue } from '../../src/sealed/open-value.ts';
import { labelOf, type Scope, SCOPES } from '../../src/sealed/scope.ts';
import { readSealingKey } from '../../src/sealed/sealing-key.ts';
import { fixtureKeys } from '../support/sealing-keys.ts';

interface Answer {
  readonly bits: number;
  readonly scope: Scope;
  readonly what: string;
  readonly value: string;
  readonly text: string;
}

const { answers } = JSON.parse(fixture('known-answers.json')) as { readonly answers: readonly Answer[] };

for (const { bits, privateKey, certificate } of fixtureKeys()) {
  const reading = readSealingKey({ name: String(bits), privateKey, certificate, createdMs: 0 });
  if ('broken' in reading) throw new Error(reading.broken);
  const { key } = reading;

  for (const { scope, what, value, text } of answers.filter((answer) => answer.bits === bits)) {
    t.test(
      `kubeseal's ${what}, ${scope}, ${String(bits)} bits, opens under its own label alone`,
      async (t) => {
        const ciphertext = parseCiphertext(text);

        const opened = await openValue(
          ciphertext,
          labelOf({ scope, namespace: 'shop', name: 'db' }),
          key.privateKey,
        );

        t.equal(Buffer.from(opened?.reveal() ?? []).toString('base64'), value);
        t.not(opened, undefined);
        for (const other of SCOPES.filter((one) => one !== scope)) {
          const label = labelOf({ scope: other, namespace: 'shop', name: 'db' });
          t.equal(await openValue(ciphertext, label, key.privateKey), undefined, other);
        }
      },
    );
  }

  t.test(`the certificate of ${String(bits)} bits is that of its key`, async (t) => {
    t.equal(key.certificate?.bits, bits);
    t.equal(key.madeMs, Date.parse('2026-01-01T00:00:00Z'));
  });
}

t.test('there are answers of every size and scope', async (t) => {
  t.equal(new Set(answers.map(({ bits, scope, what }) => `${String(bits)} ${scope} ${what}`)).size, 45);
});

function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/sealed/${name}`, import.meta.url), 'utf8');
}
