import t from 'tap';

import { accountOf, readingsOf, returnedReadings } from '../../src/policy/canonical.ts';
import type { Address } from '../../src/request/plan.ts';

const own = { partition: 'aws', id: '111122223333' };
const region = 'eu-west-1';
const ssm = (name: string, more: Partial<Address> = {}): Address => ({ store: 'ssm', region, name, ...more });
const secret = (name: string): Address => ({ store: 'secretsmanager', region, name });
const parameterArn = `arn:aws:ssm:eu-west-1:111122223333:parameter/shop/db`;
const secretArn = `arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop`;

t.test('one parameter under several spellings has the same subjects', async (t) => {
  const expected = [[parameterArn, 'ssm:/shop/db']];

  for (const name of [
    '/shop/db',
    'shop/db',
    '//shop//db',
    '/shop/db/',
    '/shop/db:3',
    '/shop/db:live',
    parameterArn,
    `${parameterArn}:3`,
  ]) {
    t.same(readingsOf(ssm(name), own), expected, name);
  }
});

t.test('without a known account, names are names and ARNs are ARNs', async (t) => {
  t.same(readingsOf(ssm('/shop/db'), undefined), [['ssm:/shop/db']]);
  t.same(readingsOf(ssm(parameterArn), undefined), [[parameterArn]]);
  t.same(readingsOf(secret('shop'), undefined), [['secretsmanager:shop']]);
});

t.test('a secret of another account or partition has only its ARN', async (t) => {
  const foreign = 'arn:aws:secretsmanager:eu-west-1:999999999999:secret:shop';
  const chinese = 'arn:aws-cn:ssm:cn-north-1:111122223333:parameter/shop';

  t.same(readingsOf(secret(foreign), own), [[foreign]]);
  t.same(readingsOf(ssm(chinese), own), [[chinese]]);
});

t.test('a secret behind the path of Parameter Store is that secret', async (t) => {
  const expected = [[secretArn, 'secretsmanager:shop']];
  const spellings = [
    '/aws/reference/secretsmanager/shop',
    'aws/reference/secretsmanager/shop',
    '//aws//reference/secretsmanager/shop',
    '/AWS/Reference/SecretsManager/shop',
    '/aws/reference/secretsmanager/shop:live',
    '/aws/reference/secretsmanager/shop/',
    'arn:aws:ssm:eu-west-1:111122223333:parameter/aws/reference/secretsmanager/shop',
    `/aws/reference/secretsmanager/${secretArn}`,
  ];

  for (const name of spellings) t.same(readingsOf(ssm(name), own), expected, name);
  t.same(
    readingsOf(ssm('arn:aws:ssm:eu-west-1:999999999999:parameter/aws/reference/secretsmanager/shop'), own),
    [['arn:aws:secretsmanager:eu-west-1:999999999999:secret:shop']],
    'of another account it is never a bare name',
  );
});

t.test('an ARN that may end in a random suffix is read both ways', async (t) => {
  const readings = readingsOf(secret(`${secretArn}-AbC123`), own);

  t.same(readings, [
    [secretArn, 'secretsmanager:shop', `${secretArn}-AbC123`],
    [`${secretArn}-AbC123`, 'secretsmanager:shop-AbC123'],
  ]);
  t.same(readingsOf(secret(`${secretArn}-AbC123:password:AWSCURRENT:`), own), readings, 'the ECS form too');
});

t.test('a name that ends like a random suffix is that name', async (t) => {
  t.same(readingsOf(secret('shop-backup'), own), [[`${secretArn}-backup`, 'secretsmanager:shop-backup']]);
});

t.test('the path of a listing ends in a slash', async (t) => {
  t.same(readingsOf(ssm('/shop', { below: 'one-level' }), undefined), [['ssm:/shop/']]);
  t.same(readingsOf(ssm('/shop/', { below: 'all-levels' }), undefined), [['ssm:/shop/']]);
  t.same(readingsOf(ssm('/', { below: 'all-levels' }), undefined), [['ssm:/']]);
});

t.test('what comes back is one secret, told by its returned name', async (t) => {
  const arn = `${secretArn}-backup-AbC123`;

  t.same(returnedReadings(secret(`${secretArn}-backup`), { arn, name: 'shop-backup' }, own), [
    [`${secretArn}-backup`, 'secretsmanager:shop-backup', arn],
  ]);
  t.same(returnedReadings(ssm('/shop', { below: 'one-level' }), { arn: '', name: '/shop/db' }, undefined), [
    ['ssm:/shop/db'],
  ]);
  t.equal(
    returnedReadings(secret('shop'), { arn: `${secretArn}-AbC123`, name: 'something else' }, own).length,
    2,
    'a name that contradicts its ARN decides nothing',
  );
});

t.test('a plain name is one of the own account, also where that is not known', async (t) => {
  const arn = `${secretArn}-AbC123`;

  t.same(returnedReadings(secret('shop'), { arn, name: 'shop' }, undefined), [
    [secretArn, 'secretsmanager:shop', arn],
  ]);
  t.same(returnedReadings(ssm('/shop/db'), { arn: parameterArn, name: '/shop/db' }, undefined), [
    [parameterArn, 'ssm:/shop/db'],
  ]);
  t.same(returnedReadings(secret(secretArn), { arn, name: 'shop' }, undefined), [[secretArn, arn]]);
});

t.test('the account is that of the last role', async (t) => {
  t.same(accountOf(['arn:aws:iam::111122223333:role/a', 'arn:aws-cn:iam::444455556666:role/b']), {
    partition: 'aws-cn',
    id: '444455556666',
  });
  t.equal(accountOf([]), undefined);
  t.equal(accountOf(['arn:aws:iam::nonsense:role/a']), undefined);
});
