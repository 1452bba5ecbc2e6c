import t from 'tap';
import { planHash } from '../../src/request/plan-hash.ts';
import { app, planFor, podOf } from './support.ts';

const asked = { 'env.A': 'secretsmanager:db?region=eu-west-1#a' };
const role = 'arn:aws:iam::111122223333:role/x';

t.test('a hash is 16 hexadecimal digits, and the same for what delivers the same', async (t) => {
  const base = planHash(planFor(podOf(asked)));
  const two = { containers: [app, { name: 'b' }] };

  t.match(base, /^[0-9a-f]{16}$/);
  t.equal(
    planHash(planFor(podOf({ env: 'A: " secretsmanager:db?region=eu-west-1#a"' }))),
    base,
    'spelling and place',
  );
  t.equal(planHash(planFor(podOf(asked, two))), base, 'targets');
  t.equal(planHash(planFor(podOf({ ...asked, preflight: 'off' }))), base, 'preflight');
});

t.test('whatever changes what is delivered changes the hash', async (t) => {
  const env = (value: string) => podOf({}, { containers: [{ ...app, env: [{ name: 'V', value }] }] });
  const pods = [
    podOf(asked),
    podOf({ 'env.B': 'secretsmanager:db?region=eu-west-1#a' }),
    podOf({ 'file.A': 'secretsmanager:db?region=eu-west-1#a' }),
    podOf({ files: 'A: secretsmanager:db?region=eu-west-1&mode=0400#a' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-1#b' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-1' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-2#a' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-1&version=1#a' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-1&stage=1#a' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-1&optional=true#a' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-1&default=#a' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-1&decode=base64#a' }),
    podOf({ 'env.A': 'secretsmanager:db?region=eu-west-1&encode=base64#a' }),
    podOf({ 'env.A': 'x((secretsmanager:db?region=eu-west-1#a))' }),
    podOf({ ...asked, delivery: 'memory' }),
    podOf({ ...asked, 'mount-path': '/x' }),
    podOf({ ...asked, 'file-mode': '0400' }),
    podOf({ ...asked, 'failover-region': 'eu-west-2' }),
    podOf({ ...asked, 'assume-role-arn': role }),
    podOf({ ...asked, 'assume-role-arn': role, 'external-id': 'x1' }),
    podOf({ ...asked, 'env-from': 'ssm:/a/*' }),
    podOf({ ...asked, 'env-from': 'ssm:/a/**' }),
    podOf({ ...asked, 'env-from': 'ssm:/a/*?prefix=X' }),
    podOf({ ...asked, 'env-from': 'ssm:/a/*?case=upper' }),
    podOf({ ...asked, 'env-from': 'ssm:/a/*?keys=b' }),
    podOf({ ...asked, 'files-from': 'ssm:/a/*' }),
    env('latchkey:ssm:/a'),
    env('x((latchkey:ssm:/a))'),
    env('y((latchkey:ssm:/a))'),
  ];

  const hashes = pods.map((pod) => planHash(planFor(pod)));

  t.equal(new Set(hashes).size, pods.length);
});
