import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { LatchkeyError } from '../../src/errors.ts';
import type { Reference } from '../../src/request/reference.ts';
import { formatReference, parseReference } from '../../src/request/reference.ts';
import type { Use } from '../../src/request/reference-options.ts';
import { anyText, thrown } from './support.ts';

const SECRET_ARN = 'arn:aws:secretsmanager:ap-northeast-1:111122223333:secret:shop-1a2b3c';
const PARAMETER_ARN = 'arn:aws:ssm:eu-west-1:111122223333:parameter/prod/db';

function facts(text: string, use?: Use): Partial<Reference> {
  const { text: _text, arn: _arn, ...rest } = parseReference(text, use);
  return rest;
}

t.test('a reference says store, name, options and property', async (t) => {
  const rows: readonly (readonly [string, object])[] = [
    [
      'ssm:/staging/test-app/TEST_VALUE',
      { store: 'ssm', name: '/staging/test-app/TEST_VALUE', relative: false },
    ],
    ['ssm:plain', { store: 'ssm', name: 'plain', relative: false }],
    ['ssm:/prod/db/password:3', { store: 'ssm', name: '/prod/db/password', relative: false, selector: '3' }],
    ['ssm:/prod/db:live', { store: 'ssm', name: '/prod/db', relative: false, selector: 'live' }],
    ['ssm:./TEST_VALUE', { store: 'ssm', name: 'TEST_VALUE', relative: true }],
    ['ssm:./db/password:3', { store: 'ssm', name: 'db/password', relative: true, selector: '3' }],
    [
      'ssm:/aws/reference/secretsmanager/a+b=c@d',
      { store: 'ssm', name: '/aws/reference/secretsmanager/a+b=c@d', relative: false },
    ],
    [
      'secretsmanager:prod/shop#password',
      { store: 'secretsmanager', name: 'prod/shop', relative: false, property: 'password' },
    ],
    ['secretsmanager:./shop', { store: 'secretsmanager', name: 'shop', relative: true }],
    [
      'secretsmanager:x?version=0a1b&stage=AWSPREVIOUS',
      { store: 'secretsmanager', name: 'x', relative: false, version: '0a1b', stage: 'AWSPREVIOUS' },
    ],
    [
      `${SECRET_ARN}#password`,
      {
        store: 'secretsmanager',
        name: SECRET_ARN,
        relative: false,
        region: 'ap-northeast-1',
        property: 'password',
      },
    ],
    [
      `${PARAMETER_ARN}:7?region=eu-west-1`,
      { store: 'ssm', name: PARAMETER_ARN, relative: false, region: 'eu-west-1', selector: '7' },
    ],
    ['ssm:x?region=us-gov-west-1', { store: 'ssm', name: 'x', relative: false, region: 'us-gov-west-1' }],
    ['ssm:x?optional=true', { store: 'ssm', name: 'x', relative: false, optional: true }],
    ['ssm:x?default=', { store: 'ssm', name: 'x', relative: false, default: '' }],
    ['ssm:x?default=a%20b%26c%23d+e', { store: 'ssm', name: 'x', relative: false, default: 'a b&c#d+e' }],
    [
      'ssm:x?decode=base64&encode=url',
      { store: 'ssm', name: 'x', relative: false, decode: 'base64', encode: 'url' },
    ],
    ['secretsmanager:x#a?b#c', { store: 'secretsmanager', name: 'x', relative: false, property: 'a?b#c' }],
    ['  ssm:x \n', { store: 'ssm', name: 'x', relative: false }],
  ];
  for (const [text, expected] of rows) t.strictSame(facts(text), expected, text);
});

t.test('many values come from a path, with prefix, case and keys', async (t) => {
  t.strictSame(facts('ssm:/prod/shop/*', 'members'), {
    store: 'ssm',
    name: '/prod/shop',
    relative: false,
    below: 'one-level',
  });
  t.strictSame(facts('ssm:/**', 'members'), {
    store: 'ssm',
    name: '/',
    relative: false,
    below: 'all-levels',
  });
  t.strictSame(facts('ssm:./*', 'members'), { store: 'ssm', name: '', relative: true, below: 'one-level' });
  t.strictSame(facts('ssm:./db/**', 'members'), {
    store: 'ssm',
    name: 'db',
    relative: true,
    below: 'all-levels',
  });
  t.strictSame(facts('secretsmanager:db?prefix=DB_&case=upper&keys=a,b%2Cc#nested', 'members'), {
    store: 'secretsmanager',
    name: 'db',
    relative: false,
    prefix: 'DB_',
    case: 'upper',
    keys: ['a', 'b,c'],
    property: 'nested',
  });
});

t.test('a file takes a mode', async (t) => {
  t.strictSame(facts('ssm:x?mode=0400', 'file'), { store: 'ssm', name: 'x', relative: false, mode: 0o400 });
});

t.test('an ARN of every partition says its own region', async (t) => {
  const rows = [
    ['aws', 'mx-central-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-us-gov', 'us-gov-east-1'],
    ['aws-iso', 'us-iso-east-1'],
    ['aws-iso-b', 'us-isob-east-1'],
    ['aws-iso-e', 'eu-isoe-west-1'],
    ['aws-iso-f', 'us-isof-south-1'],
    ['aws-eusc', 'eusc-de-east-1'],
  ];
  for (const [partition = '', region = ''] of rows) {
    const reference = parseReference(`arn:${partition}:secretsmanager:${region}:111122223333:secret:a-1`);

    t.equal(reference.region, region);
    t.equal(reference.arn?.partition, partition);
    t.equal(reference.arn?.account, '111122223333');
  }
});

t.test('what is malformed gets a code and the way out', async (t) => {
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ['/prod/db/password', 'LK-SYNTAX', /STORE:NAME/],
    ['smm:/prod/x', 'LK-UNKNOWN', /Did you mean "ssm"/],
    ['secretmanager:x', 'LK-UNKNOWN', /Did you mean "secretsmanager"/],
    ['sealed:', 'LK-SEALED', /Copy it whole/],
    ['sealed:AgBy3i4O', 'LK-SEALED', /Copy it whole/],
    ['sealed:AgB_3i4-', 'LK-SEALED', /Copy it whole/],
    ['latchkey:ssm:/x', 'LK-SYNTAX', /in an annotation/],
    ['ssm:', 'LK-SYNTAX', /ssm:NAME/],
    ['ssm:./', 'LK-SYNTAX', /ssm:NAME/],
    ['ssm:prod/db', 'LK-SYNTAX', /Write ssm:\/prod\/db/],
    ['ssm:/prod//db', 'LK-SYNTAX', /single slashes/],
    ['ssm:/prod/', 'LK-SYNTAX', /none at the end/],
    ['ssm:/prod/../db', 'LK-SYNTAX', /as AWS shows it/],
    ['ssm:.//db', 'LK-SYNTAX', /ssm:\.\/db/],
    ['ssm:/a b', 'LK-SYNTAX', /letters, digits/],
    ['ssm:/a:b:c', 'LK-SYNTAX', /:3 for a version/],
    ['ssm:/a:', 'LK-SYNTAX', /:LABEL/],
    ['ssm:x?version=3', 'LK-SYNTAX', /x:3/],
    ['ssm:x?stage=live', 'LK-SYNTAX', /x:live/],
    ['ssm:/prod/*', 'LK-SYNTAX', /env-from/],
    ['ssm:/prod/*/x', 'LK-SYNTAX', /\/\*\*/],
    ['ssm:arn:aws:ssm:eu-west-1:111122223333:parameter/x', 'LK-SYNTAX', /Leave out ssm:/],
    ['secretsmanager:a/*', 'LK-SYNTAX', /one secret/],
    ['secretsmanager:a:b', 'LK-SYNTAX', /\?stage=/],
    ['secretsmanager:a b', 'LK-SYNTAX', /letters/],
    ['secretsmanager:./a//b', 'LK-SYNTAX', /single slashes/],
    ['ssm:x#', 'LK-SYNTAX', /Name the JSON key/],
    ['ssm:x?', 'LK-UNKNOWN', /Options here are region/],
    ['ssm:x?region', 'LK-SYNTAX', /region=VALUE/],
    ['ssm:x?region=eu', 'LK-REGION', /eu-central-1/],
    ['ssm:x?region=eu-west-1.evil.example', 'LK-REGION', /as AWS does/],
    ['ssm:x?regoin=eu-west-1', 'LK-UNKNOWN', /Did you mean "region"/],
    ['ssm:x?__proto__=1', 'LK-UNKNOWN', /Options here are/],
    ['ssm:x?constructor=1', 'LK-UNKNOWN', /Options here are/],
    ['ssm:x?optional=yes', 'LK-UNKNOWN', /optional=true/],
    ['ssm:x?optional=true&optional=true', 'LK-SYNTAX', /Keep the one/],
    ['ssm:x?optional=true&default=a', 'LK-SYNTAX', /keep the one you mean/],
    ['ssm:x?default=%zz', 'LK-SYNTAX', /%25/],
    ['ssm:x?default=%ff', 'LK-SYNTAX', /UTF-8/],
    ['ssm:x?encode=bas64', 'LK-UNKNOWN', /Did you mean "base64"/],
    ['ssm:x?decode=url', 'LK-UNKNOWN', /decode=base64/],
    ['ssm:x?mode=0400', 'LK-SYNTAX', /file-mode/],
    ['ssm:x?prefix=A', 'LK-SYNTAX', /env-from/],
    ['secretsmanager:x?version=', 'LK-SYNTAX', /as AWS shows it/],
    ['arn:aws', 'LK-SYNTAX', /arn:partition/],
    ['arn:aws:s3:eu-west-1:111122223333:x', 'LK-UNKNOWN', /secretsmanager/],
    ['arn:aws:ssm:eu-west-1:1:parameter/x', 'LK-SYNTAX', /Copy the ARN/],
    ['arn:aws:ssm:eu-west:111122223333:parameter/x', 'LK-REGION', /as AWS does/],
    ['arn:aws:ssm:cn-north-1:111122223333:parameter/x', 'LK-REGION', /arn:aws-cn/],
    ['arn:aws-chn:ssm:cn-north-1:111122223333:parameter/x', 'LK-SYNTAX', /Did you mean "aws-cn"/],
    ['arn:aws:ssm:eu-west-1:111122223333:document/x', 'LK-SYNTAX', /parameter\/NAME/],
    ['arn:aws:secretsmanager:eu-west-1:111122223333:key:x', 'LK-SYNTAX', /secret:NAME/],
    [`${SECRET_ARN}?region=eu-west-1`, 'LK-REGION', /Leave out the option/],
    [`ssm:/${'a'.repeat(5000)}`, 'LK-LIMIT', /4096/],
    ['ssm:/a\nssm:/b', 'LK-SYNTAX', /one line/],
    ['ssm:/a\u0000', 'LK-SYNTAX', /%0A/],
    ['ssm:/a\u001b[31m', 'LK-SYNTAX', /%0A/],
    ['secretsmanager:x#\ud800', 'LK-SYNTAX', /percent-encode/],
  ];
  for (const [text, code, remedy] of rows) {
    const error = thrown(() => parseReference(text));

    t.equal(error.code, code, text);
    t.match(error.remedy, remedy, text);
  }
});

t.test('what only many values take, or cannot take, is said', async (t) => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['secretsmanager:x?default=a', /have no default/],
    ['ssm:/a/*#b', /a path has no property/],
    ['ssm:*', /begins with one/],
    ['ssm:a/*', /begins with one/],
    ['arn:aws:ssm:eu-west-1:111122223333:parameter/a/*', /by path, not by ARN/],
    ['secretsmanager:x?keys=a,,b', /empty entry/],
    ['secretsmanager:x?keys=a,a', /twice/],
    ['secretsmanager:x?mode=0400', /one plain reference/],
  ];
  for (const [text, message] of rows) {
    t.match(thrown(() => parseReference(text, 'members')).message, message, text);
  }
});

t.test('the form that Amazon ECS takes is answered with the right spelling', async (t) => {
  const rows = [
    [`${SECRET_ARN}:password::`, `${SECRET_ARN}#password`],
    [`${SECRET_ARN}:password:AWSPREVIOUS:`, `${SECRET_ARN}?stage=AWSPREVIOUS#password`],
    [`${SECRET_ARN}::AWSCURRENT:0a1b`, `${SECRET_ARN}?stage=AWSCURRENT&version=0a1b`],
    [`${SECRET_ARN}:::`, SECRET_ARN],
  ];
  for (const [text = '', right = ''] of rows) {
    const error = thrown(() => parseReference(text));

    t.equal(error.code, 'LK-SYNTAX');
    t.ok(error.remedy.includes(`"${right}"`), error.remedy);
    t.doesNotThrow(() => parseReference(right));
  }
});

const uses = fc.constantFrom<Use>('value', 'file', 'members');

const wellFormed = fc
  .record({
    subject: fc.constantFrom(
      'ssm:/a/b',
      'ssm:./a',
      'ssm:a:3',
      'ssm:/a/b:live',
      'secretsmanager:a/b',
      'secretsmanager:./a',
      SECRET_ARN,
      PARAMETER_ARN,
    ),
    text: fc.option(anyText.filter((text) => text.isWellFormed())),
    encode: fc.option(fc.constantFrom('base64', 'url', 'json')),
    property: fc.option(fc.string({ unit: 'grapheme', minLength: 1 })),
  })
  .map(({ subject, text, encode, property }) => {
    const options = [
      ...(text === null ? [] : [`default=${encodeURIComponent(text)}`]),
      ...(encode === null ? [] : [`encode=${encode}`]),
    ];
    return `${subject}${options.length === 0 ? '' : `?${options.join('&')}`}${property === null ? '' : `#${property}`}`;
  });

t.test('formatting a reference and reading it again changes nothing', async () => {
  const withoutText = ({ text: _text, ...rest }: Reference) => rest;
  fc.assert(
    fc.property(wellFormed, (text) => {
      fc.pre(!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text.trim()) && !text.trim().endsWith('#'));
      const reference = parseReference(text);

      const again = parseReference(formatReference(reference));

      return isDeepStrictEqual(withoutText(again), withoutText(reference));
    }),
  );
});

t.test('arbitrary text is read or refused, never anything else', async () => {
  const pieces = fc.constantFrom(
    'ssm:',
    'arn:aws:',
    '/',
    '?',
    '#',
    '&',
    '=',
    ':',
    '*',
    '.',
    '%',
    '"',
    '((',
    '~1',
    '..',
    'x',
  );
  const texts = fc.oneof(
    anyText,
    fc.array(pieces).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(texts, uses, (text, use) => {
      try {
        parseReference(text, use);
      } catch (error) {
        if (!(error instanceof LatchkeyError)) throw error;
      }
    }),
    { numRuns: 1000 },
  );
});
