import * as fc from 'fast-check';
import t from 'tap';
import { inPlaceText, mixedValue } from '../../src/delivery/in-place-text.ts';
import type { InPlace } from '../../src/request/plan.ts';
import { readInPlaceAnnotation } from '../../src/request/in-place-annotation.ts';
import { expand } from './kubelet-expand.ts';

const place = { label: 'l', field: 'f' };

function inPlace(pieces: InPlace['pieces']): InPlace {
  return { container: 'app', variable: 'URL', pieces, references: [], place };
}

const VALUES: readonly (readonly [InPlace['pieces'], string])[] = [
  [['postgres://', 0, ':', 1, '@$(HOST)'], 'postgres://$(LK_IN_PLACE_URL_0):$(LK_IN_PLACE_URL_1)@$(HOST)'],
  [['US$', 0], 'US$$$(LK_IN_PLACE_URL_0)'],
  [['US$$', 0], 'US$$$(LK_IN_PLACE_URL_0)'],
  [['$(OPEN', 0, ')'], '$$(OPEN$(LK_IN_PLACE_URL_0))'],
  [['$(HOST)', 0, '$'], '$(HOST)$(LK_IN_PLACE_URL_0)$'],
];

for (const [pieces, expected] of VALUES) {
  t.test(`${JSON.stringify(pieces)} becomes ${expected}`, async (t) => {
    t.equal(mixedValue(inPlace(pieces)), expected);
  });
}

t.test('the kubelet makes of every value its texts, expanded, and its secrets, as they are', async () => {
  const text = fc
    .array(fc.constantFrom('$', '(', ')', '$(HOST)', 'a', '/'), { maxLength: 6 })
    .map((parts) => parts.join(''));
  const secret = fc.string();
  fc.assert(
    fc.property(fc.tuple(text, text, text), fc.tuple(secret, secret), ([a, b, c], [one, two]) => {
      const variables = new Map([
        ['HOST', 'db'],
        ['LK_IN_PLACE_URL_0', one],
        ['LK_IN_PLACE_URL_1', two],
      ]);
      const value = mixedValue(inPlace([a, 0, b, 1, c]));
      const alone = (part: string) => expand(part, variables);
      return expand(value, variables) === alone(a) + one + alone(b) + two + alone(c);
    }),
    { numRuns: 2000 },
  );
});

t.test('the annotation holds references and nothing else of the value, whatever the names are', async (t) => {
  const asked = {
    ...inPlace(['user:in-clear@', 0]),
    container: '__proto__',
    variable: 'constructor',
    references: ['ssm:/a'],
  };

  const text = inPlaceText([asked]) ?? '';

  t.notMatch(text, 'in-clear');
  t.strictSame(readInPlaceAnnotation(text).get('__proto__')?.get('constructor'), ['ssm:/a']);
});

t.test('a pod that asks nothing in place has no such annotation', async (t) => {
  t.equal(inPlaceText([]), undefined);
});
