import t from 'tap';
import { parseArn, parseRegionalArn, parseRoleArn, placeholderWarning } from '../../src/request/arn.ts';
import { isRegion, PARTITIONS, partitionOf } from '../../src/request/regions.ts';
import { thrown } from './support.ts';

t.test('a role has an account and a name, with or without a path', async (t) => {
  t.match(parseRoleArn('arn:aws:iam::111122223333:role/test-app'), {
    partition: 'aws',
    account: '111122223333',
  });
  t.match(parseRoleArn('arn:aws-cn:iam::111122223333:role/a/b/x+=,.@-_'), { partition: 'aws-cn' });
  const wrong = [
    '',
    'test-app',
    'arn:aws:iam::111122223333:user/x',
    'arn:aws:iam::111122223333:role/',
    'arn:aws:iam::111122223333:role/a b',
    'arn:aws:iam:eu-west-1:111122223333:role/x',
    'arn:aws:sts::111122223333:role/x',
    'arn:aws:iam::11112222333:role/x',
    'arn:evil:iam::111122223333:role/x',
    `arn:aws:iam::111122223333:role/${'x'.repeat(65)}`,
    'arn:aws:iam::111122223333:role/x\n',
  ];
  for (const text of wrong) t.equal(thrown(() => parseRoleArn(text)).code, 'LK-SYNTAX', JSON.stringify(text));
});

t.test(
  'in the place of the account a placeholder passes, with a warning, and a slip of the finger does not',
  async (t) => {
    for (const account of ['11111111', '000000', '99999999999', '123456', '123456789', '12345678901']) {
      const arn = parseRoleArn(`arn:aws:iam::${account}:role/my-service-role`);
      t.equal(arn.account, account);
      t.match(placeholderWarning(arn), `placeholder of ${String(account.length)} digits`);
      t.equal(
        thrown(() => parseArn(`arn:aws:iam::${account}:role/x`)).code,
        'LK-SYNTAX',
        'of nothing but a role',
      );
    }
    for (const account of [
      '',
      '1',
      '11111',
      '11112222333',
      '1111111111111',
      '1234567890123',
      '12345679',
      '<account>',
    ]) {
      const text = `arn:aws:iam::${account}:role/x`;
      t.equal(thrown(() => parseRoleArn(text)).code, 'LK-SYNTAX', text);
    }
    for (const text of ['arn:aws:iam::11111111:user/x', 'arn:evil:iam::11111111:role/x']) {
      t.equal(thrown(() => parseRoleArn(text)).code, 'LK-SYNTAX', text);
    }
    t.equal(placeholderWarning(parseRoleArn('arn:aws:iam::111111111111:role/x')), undefined);
  },
);

t.test('a regional ARN is in the partition of its region', async (t) => {
  t.match(parseRegionalArn('arn:aws:ssm:eu-west-1:111122223333:parameter/a:b'), {
    resource: 'parameter/a:b',
  });
  t.match(
    thrown(() => parseRegionalArn('arn:aws-us-gov:ssm:eu-west-1:111122223333:parameter/a')),
    { code: 'LK-REGION', message: /partition aws, but the ARN says aws-us-gov/ },
  );
});

t.test('only the shape of a region passes: the text becomes a host name', async (t) => {
  for (const region of [
    'us-east-1',
    'ap-southeast-5',
    'mx-central-1',
    'us-gov-west-1',
    'us-isob-east-1',
    'eusc-de-east-1',
  ]) {
    t.ok(isRegion(region), region);
  }
  for (const text of [
    '',
    'eu',
    'eu-west',
    'EU-WEST-1',
    'eu-west-1.evil.example',
    'eu-west-1/',
    'eu-west-1\n',
    'eu_west_1',
    'a'.repeat(100),
    'eu-west-1@x',
    '-west-1',
  ]) {
    t.notOk(isRegion(text), JSON.stringify(text));
  }
  t.strictSame(
    [
      'eu-west-1',
      'cn-north-1',
      'us-gov-east-1',
      'us-iso-east-1',
      'us-isob-east-1',
      'eu-isoe-west-1',
      'us-isof-south-1',
      'eusc-de-east-1',
    ].map(partitionOf),
    ['aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'aws-eusc'],
  );
  t.equal(PARTITIONS.length, 8);
});
