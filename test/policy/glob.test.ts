import { array, assert, constantFrom, property } from 'fast-check';
import t from 'tap';

import { compileGlob, globMatches, MAX_PATTERN_LENGTH } from '../../src/policy/glob.ts';

const matches = (pattern: string, subject: string) => globMatches(compileGlob(pattern), subject);
const obvious = (text: string) =>
  new RegExp(`^${text.replaceAll(/\*+/g, (run) => (run.length === 1 ? '[^/:]*' : '.*'))}$`);

t.test('a pattern without wildcards matches itself only', async (t) => {
  t.equal(matches('ssm:/shop/db', 'ssm:/shop/db'), true);
  t.equal(matches('ssm:/shop/db', 'ssm:/shop/db2'), false);
  t.equal(matches('ssm:/shop/db', 'ssm:/shop/d'), false);
  t.equal(matches('', ''), true);
  t.equal(matches('', 'a'), false);
});

t.test('one star stays inside a segment', async (t) => {
  t.equal(matches('ssm:/shop/*', 'ssm:/shop/db'), true);
  t.equal(matches('ssm:/shop/*', 'ssm:/shop/'), true);
  t.equal(matches('ssm:/shop/*', 'ssm:/shop/db/password'), false);
  t.equal(matches('arn:aws:iam::*:role/app-*', 'arn:aws:iam::111122223333:role/app-web'), true);
  t.equal(
    matches('arn:aws:iam:*:role/app', 'arn:aws:iam::111122223333:role/app'),
    false,
    'it stops at a colon too',
  );
  t.equal(matches('*-prod-*', 'shop-prod-eu'), true);
});

t.test('two stars cross segments', async (t) => {
  t.equal(matches('ssm:/shop/**', 'ssm:/shop/db/password'), true);
  t.equal(matches('ssm:/**/password', 'ssm:/shop/db/password'), true);
  t.equal(matches('**', 'arn:aws:ssm:eu-west-1:111122223333:parameter/a/b'), true);
  t.equal(matches('ssm:/shop/**', 'ssm:/shopping/db'), false);
  t.equal(matches('****', 'a/b'), true);
});

t.test('characters of other pattern languages are themselves', async (t) => {
  for (const literal of ['a.b', 'a?b', '[ab]', '(a|b)+', 'a\\b', '{a,b}', '^a$']) {
    t.equal(matches(literal, literal), true, literal);
  }
  t.equal(matches('a.b', 'axb'), false);
  t.equal(matches('a?b', 'axb'), false);
});

t.test('too long a pattern or subject matches nothing', async (t) => {
  t.equal(matches('*'.repeat(MAX_PATTERN_LENGTH + 1), 'a'), false);
  t.equal(matches('**', 'a'.repeat(100_000)), false);
});

t.test('positions beyond one machine word match too', async (t) => {
  for (const length of [30, 31, 32, 33, 63, 64, 65, 200]) {
    const text = 'x'.repeat(length);
    t.equal(matches(text, text), true, `${String(length)} characters`);
    t.equal(matches(`${text}*`, text), true, `${String(length)} characters and a star`);
    t.equal(matches(`${text}*y`, `${text}zzy`), true, `${String(length)} characters, a star and one more`);
    t.equal(matches(text, `${text}x`), false, `${String(length)} characters, one too many`);
  }
});

t.test('it agrees with the obvious regular expression', async (t) => {
  const pattern = array(constantFrom('a', 'b', '/', ':', '*', '**', '***'), { maxLength: 50 }).map((p) =>
    p.join(''),
  );
  const subject = array(constantFrom('a', 'b', '/', ':'), { maxLength: 50 }).map((s) => s.join(''));
  t.doesNotThrow(() => {
    assert(
      property(pattern, subject, (p, s) => matches(p, s) === obvious(p).test(s)),
      { numRuns: 2000 },
    );
  });
});

t.test('no pattern makes it slow', async (t) => {
  const glob = compileGlob('a*'.repeat(MAX_PATTERN_LENGTH / 2));
  let matched = 0;

  for (let round = 0; round < 20; round++) {
    if (globMatches(glob, `${'a'.repeat(2000)}/`)) matched += 1;
  }

  t.equal(matched, 0);
});
