import fc from 'fast-check';
import t from 'tap';
import { asksInPlace, readDeliveredValue, readInPlaceValue } from '../../src/request/in-place-value.ts';
import { closedText, expansionTokens } from '../../src/request/kubelet-expansion.ts';
import type { InPlace } from '../../src/request/plan.ts';
import { hiddenVariable } from '../../src/request/slot.ts';
import { thrown } from './support.ts';

/** What the kubelet makes of a value, written after k8s.io/kubernetes third_party/forked/golang/expansion. */
function kubelet(value: string, variables: ReadonlyMap<string, string>): string {
  let out = '';
  for (let at = 0; at < value.length; at += 1) {
    const rest = value.slice(at + 1);
    if (value[at] !== '$' || rest === '') {
      out += value[at];
    } else if (rest[0] === '$') {
      out += '$';
      at += 1;
    } else if (rest[0] !== '(') {
      out += `$${rest[0]}`;
      at += 1;
    } else {
      const end = rest.indexOf(')');
      const name = rest.slice(1, end);
      out += end === -1 ? '$(' : (variables.get(name) ?? `$(${name})`);
      at += end === -1 ? 1 : end + 1;
    }
  }
  return out;
}

function delivered({ pieces }: Pick<InPlace, 'pieces'>, variable: string): string {
  return pieces
    .map((piece) => (typeof piece === 'string' ? piece : `$(${hiddenVariable(variable, piece)})`))
    .join('');
}

t.test('a value asks in place as a whole, or within text', async (t) => {
  t.strictSame(readInPlaceValue('latchkey:ssm:/a'), { pieces: [0], references: ['ssm:/a'] });
  t.strictSame(readInPlaceValue(' latchkey:ssm:/a\n'), { pieces: [0], references: ['ssm:/a'] });
  t.strictSame(readInPlaceValue('((latchkey:ssm:/a))'), { pieces: [0], references: ['ssm:/a'] });
  t.strictSame(
    readInPlaceValue('postgres://$(USER):((latchkey:ssm:/a))@((latchkey:secretsmanager:b#"))"))/x'),
    {
      pieces: ['postgres://$(USER):', 0, '@', 1, '/x'],
      references: ['ssm:/a', 'secretsmanager:b#"))"'],
    },
  );
  for (const value of ['', 'plain', 'ssm:/a', '((ssm:/a))', '$((1+2))', 'ghcr.io/x/latchkey:v1']) {
    t.equal(readInPlaceValue(value), undefined, value);
    t.notOk(asksInPlace(value), value);
  }
  t.ok(asksInPlace(' latchkey:x'));
  t.ok(asksInPlace('a((latchkey:'));
});

t.test('a reference without end and a hidden variable of ours are refused', async (t) => {
  t.equal(thrown(() => readInPlaceValue('a((latchkey:ssm:/a)')).code, 'LK-SYNTAX');
  t.equal(thrown(() => readInPlaceValue('$(LK_IN_PLACE_X_0)((latchkey:ssm:/a))')).code, 'LK-RESERVED');
});

t.test('a dollar before a reference is doubled, so that the kubelet still reads the reference', async (t) => {
  const rows = [
    ['cost$', 'cost$$'],
    ['$$', '$$'],
    ['$$$', '$$$$'],
    ['$(A)', '$(A)'],
    ['$(A', '$$(A'],
    ['$(A$', '$$(A$$'],
    ['$x$(B)$', '$x$(B)$$'],
    ['$$(', '$$('],
    ['no', 'no'],
    ['', ''],
  ];
  for (const [text = '', closed = ''] of rows) {
    t.equal(closedText(text), closed, text);
    t.equal(closedText(closed), closed, 'twice is once');
  }
});

const literals = fc
  .array(fc.constantFrom('$', '$$', '$(', ')', 'x', '$(USER)', '(', ' ', '$x', 'é'))
  .map((list) => list.join(''));

t.test('the kubelet makes of the delivered value what was written, with the secrets in it', async () => {
  const texts = fc.array(literals, { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(texts, (list) => {
      const written = list.join('((latchkey:ssm:/a))');
      const value = readInPlaceValue(written);
      if (value === undefined) return false;
      const users = new Map([['USER', 'ada']]);
      const hidden = value.references.map((_, index) => [hiddenVariable('V', index), '$(USER)$$'] as const);

      const seen = kubelet(delivered(value, 'V'), new Map([...users, ...hidden]));

      // What no `)` of the text itself closes is literal once a secret stands behind it.
      const expected = list.map((text, index) =>
        index === list.length - 1 ? kubelet(text, users) : literal(text, users),
      );
      return seen === expected.join('$(USER)$$');
    }),
    { numRuns: 2000 },
  );
});

function literal(text: string, users: ReadonlyMap<string, string>): string {
  return kubelet(closedText(text), users);
}

t.test('what was delivered is brought back to the same pieces', async (t) => {
  const texts = fc.array(literals, { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(texts, (list) => {
      const value = readInPlaceValue(list.join('((latchkey:ssm:/a))'));
      if (value === undefined) return false;

      const back = readDeliveredValue(delivered(value, 'V'), 'V', value.references.length);

      return JSON.stringify(back) === JSON.stringify(value.pieces);
    }),
    { numRuns: 2000 },
  );
  t.equal(readDeliveredValue('$(LK_IN_PLACE_V_1)', 'V', 1), undefined);
  t.equal(readDeliveredValue('$$(LK_IN_PLACE_V_0)', 'V', 1), undefined);
  t.equal(readDeliveredValue('plain', 'V', 1), undefined);
});

t.test('the tokens of a value, joined, are the value', async () => {
  fc.assert(
    fc.property(
      literals,
      (text) =>
        expansionTokens(text)
          .map(({ text }) => text)
          .join('') === text,
    ),
    { numRuns: 1000 },
  );
});
