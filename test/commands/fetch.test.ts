import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { encodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import { FETCH_PLAN_VARIABLE, SENTINEL_VALUE, SENTINEL_VARIABLE } from '../../src/names.ts';
import { CANARY, identityEnv, leaksNothing } from '../support/fetch-checks.ts';
import { bulk, inPlace, REGION, ROLE, secret, ssm, startFetchPod, wish } from '../support/fetch-pod.ts';
import { granted, startPodIdentityAgent } from '../support/pod-identity-agent.ts';

t.test('everything that a plan can ask for comes to its place', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/shop/user', 'app');
  pod.aws.ssm.put('/shop/user', 'app2');
  const { versionId } = pod.aws.secrets.put(
    'shop/db',
    JSON.stringify({ password: `${CANARY}/ä`, port: 5432 }),
  );
  pod.aws.secrets.put('shop/key', Buffer.from([0, 255, 1]));
  pod.aws.ssm.put('/shop/all/A', 'a');
  pod.aws.ssm.put('/shop/all/B', 'b');
  const plan = pod.plan(
    [
      wish('env', 'DB_USER', ssm('/shop/user')),
      wish(
        'env',
        'URL',
        'postgres://',
        ssm('/shop/user'),
        ':',
        secret('shop/db', { property: 'password', encode: 'url' }),
        '@db',
      ),
      wish('env', 'MISSING', ssm('/shop/none', { optional: true })),
      wish('file', 'tls/key', secret('shop/key')),
      wish('file', '/etc/shop/z', ssm('/shop/user')),
      wish('file', '/etc/shop/a', secret('shop/db', { property: 'port' })),
      inPlace('app', 'TOKEN', secret('shop/db', { property: 'password' })),
    ],
    { plan: { bulks: [bulk('file', ssm('/shop/all', { address: { below: 'one-level' } }))] } },
  );

  const run = await pod.run(plan);

  t.equal(run.code, 0, run.stderr);
  t.same(pod.written(), [
    'files/A',
    'files/B',
    'files/tls',
    'files/tls/key',
    'paths/0',
    'paths/1',
    'env/env',
  ]);
  t.equal(pod.variable({ kind: 'env', name: 'DB_USER' }), 'app2');
  t.equal(
    pod.variable({ kind: 'env', name: 'URL' }),
    `postgres://app2:${encodeURIComponent(`${CANARY}/ä`)}@db`,
  );
  t.equal(pod.variable({ kind: 'env', name: 'MISSING' }), '');
  t.equal(pod.variable({ kind: 'in-place', container: 'app', variable: 'TOKEN', index: 0 }), `${CANARY}/ä`);
  t.match(pod.read('env/env'), new RegExp(`^${SENTINEL_VARIABLE}='${SENTINEL_VALUE}'\n`));
  t.same([...readFileSync(join(pod.directory, 'files/tls/key'))], [0, 255, 1]);
  t.equal(pod.read('paths/0'), '5432', 'absolute paths are numbered in their order');
  t.equal(pod.read('paths/1'), 'app2');
  t.equal(pod.read('files/A'), 'a');
  t.match(run.terminationMessage, /^fetched \d references\n/);
  t.match(run.terminationMessage, 'ssm:/shop/user: version 2\n');
  t.match(run.terminationMessage, `secretsmanager:shop/db#password: version ${versionId}\n`);
  t.match(run.terminationMessage, 'ssm:/shop/none: not found\n');
  t.match(run.terminationMessage, 'ssm:/shop/all: 2 parameters');
  leaksNothing(t, run);
});

t.test('AWS is asked as the pod itself, once for what is asked twice', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);

  const run = await pod.run(pod.plan([wish('env', 'A', ssm('/a')), wish('file', 'a', ssm('/a'))]));

  t.equal(run.code, 0, run.stderr);
  t.match(
    pod.aws.calls.map(({ action, region, roleArn }) => ({ action, region, roleArn })),
    [
      { action: 'sts:AssumeRoleWithWebIdentity' },
      { action: 'ssm:GetParameters', region: REGION, roleArn: ROLE },
    ],
  );
  t.equal(pod.aws.calls.length, 2);
  t.match(pod.aws.calls[0]?.sts, { seconds: 900, policy: /ssm:GetParameters/, sessionName: /shop.*web/ });
});

t.test(
  'an env file is written also when no variable is left, since the kubelet fails without the file',
  async (t) => {
    const pod = await startFetchPod(t);

    const run = await pod.run(pod.plan([wish('env', 'A', ssm('/none', { optional: true }))]));

    t.equal(run.code, 0, run.stderr);
    t.equal(pod.read('env/env'), `${SENTINEL_VARIABLE}='${SENTINEL_VALUE}'\n`);
  },
);

t.test('a container that runs again replaces what it wrote', async (t) => {
  const pod = await startFetchPod(t);
  const plan = pod.plan([wish('file', 'd/a', ssm('/a')), wish('env', 'A', ssm('/a'))]);
  pod.aws.ssm.put('/a', 'old');
  await pod.run(plan);
  pod.aws.ssm.put('/a', 'new');

  const run = await pod.run(plan);

  t.equal(run.code, 0, run.stderr);
  t.equal(pod.read('files/d/a'), 'new');
  t.equal(pod.variable({ kind: 'env', name: 'A' }), 'new');
  t.same(pod.written(), ['files/d', 'files/d/a', 'env/env']);
});

t.test('files have the mode that was asked for, and the env file is for the kubelet alone', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', 'x');
  const own = wish('file', 'own', ssm('/a'));
  const plan = pod.plan(
    [
      wish('file', 'common', ssm('/a')),
      { ...own, slot: { kind: 'file', path: 'own', mode: 0o400 } },
      wish('env', 'A', ssm('/a')),
    ],
    { plan: { fileMode: 0o440 } },
  );

  await pod.run(plan);

  const modeOf = (path: string): number => statSync(join(pod.directory, path)).mode & 0o7777;
  t.equal(modeOf('files/common'), 0o440);
  t.equal(modeOf('files/own'), 0o400);
  t.equal(modeOf('env/env'), 0o400);
});

t.test("a role is assumed from the pod's role, with its external id", async (t) => {
  const pod = await startFetchPod(t);
  const chained = 'arn:aws:iam::444455556666:role/central';
  pod.aws.role(chained, { trust: [{ roleArn: ROLE, externalId: 'latchkey/shop' }] });
  pod.aws.ssm.put('/a', CANARY);
  const items = [wish('env', 'A', ssm('/a'))];

  const run = await pod.run(
    pod.plan(items, { plan: { assumeRoleArn: chained, externalId: 'latchkey/shop' } }),
  );

  t.equal(run.code, 0, run.stderr);
  t.match(pod.aws.calls.at(-1), { action: 'ssm:GetParameters', roleArn: chained });
});

t.test('an EKS Pod Identity comes before the role, and needs no STS', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);
  const role = 'arn:aws:iam::111122223333:role/pod-identity';
  pod.aws.role(role, {});
  const agent = await startPodIdentityAgent(() => granted(pod.aws.credentials(role)));
  t.teardown(() => agent.close());

  const run = await pod.run(pod.plan([wish('env', 'A', ssm('/a'))]), { env: identityEnv(agent.uri, pod) });

  t.equal(run.code, 0, run.stderr);
  t.same(agent.tokens, [readFileSync(pod.tokenFile, 'utf8')]);
  t.match(pod.aws.calls, [{ action: 'ssm:GetParameters', roleArn: role }]);
  leaksNothing(t, run);
});

t.test('only its own variable counts, whatever else the container inherits', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);

  const run = await pod.run(pod.plan([wish('env', 'A', ssm('/a'))]), {
    env: {
      LATCHKEY_PORT: 'tcp://10.0.0.1:443',
      LATCHKEY_UNKNOWN: 'x',
      LATCHKEY_REGION: 'us-east-1',
      AWS_REGION: 'us-east-1',
      AWS_PROFILE: 'other',
      AWS_CONFIG_FILE: '/nowhere',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:1',
      AWS_MAX_ATTEMPTS: 'many',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: '',
    },
  });

  t.equal(run.code, 0, run.stderr);
});

t.test('without a plan, with a broken one, or with unknown flags it says how it is used', async (t) => {
  const pod = await startFetchPod(t);
  const encoded = encodeFetchPlan(pod.plan([]));

  for (const [env, args, message] of [
    [{}, [], /LATCHKEY_FETCH_PLAN is not set/],
    [{ [FETCH_PLAN_VARIABLE]: '' }, [], /LATCHKEY_FETCH_PLAN is not set/],
    [{ [FETCH_PLAN_VARIABLE]: 'hunter2' }, [], /no plan that this version understands/],
    [{ [FETCH_PLAN_VARIABLE]: encoded.slice(0, -9) }, [], /no plan that this version understands/],
    [{ [FETCH_PLAN_VARIABLE]: encoded }, ['--gard'], /unknown flag --gard/],
  ] as const) {
    const run = await pod.run(undefined, { env, args });

    t.equal(run.code, 2, run.stderr);
    t.match(run.stderr, message);
    leaksNothing(t, run);
  }
});

t.test(
  'the guard passes where the kubelet filled the sentinel, and stops the pod where it did not',
  async (t) => {
    const pod = await startFetchPod(t);
    const args = ['--guard'];

    const newer = await pod.run(undefined, { args, env: { [SENTINEL_VARIABLE]: SENTINEL_VALUE } });
    const older = await pod.run(undefined, { args, env: { [SENTINEL_VARIABLE]: '' } });

    t.equal(newer.code, 0, newer.stderr);
    t.equal(older.code, 1);
    t.match(
      older.terminationMessage,
      /kubelet of this node is older than 1\.35.*\[LK-FEATURE\]\. Run the pod on nodes/,
    );
  },
);
