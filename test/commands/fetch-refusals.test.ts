import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CANARY, identityEnv, isRefused, leaksNothing } from '../support/fetch-checks.ts';
import { ROLE, secret, ssm, startFetchPod, wish } from '../support/fetch-pod.ts';
import { refused, startPodIdentityAgent } from '../support/pod-identity-agent.ts';

t.test('values that no env file can hold stop everything, with the variable and the way out', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/quote', `${CANARY}'s`);
  pod.aws.ssm.put('/crlf', `${CANARY}\r\nx`);
  pod.aws.ssm.put('/fine', CANARY);

  const run = await pod.run(
    pod.plan([
      wish('env', 'QUOTE', ssm('/quote')),
      wish('env', 'CRLF', ssm('/crlf')),
      wish('env', 'EMPTY', secret('empty', { default: '' })),
      wish('file', 'fine', ssm('/fine')),
    ]),
  );

  isRefused(
    t,
    pod,
    run,
    /env QUOTE: .*single quote.*\[LK-ENV-FILE\]\. Deliver it as a file.*encode=base64.*"secret"/,
  );
  t.match(run.terminationMessage, /env CRLF: .*carriage return/);
  t.match(run.terminationMessage, /env EMPTY: .*empty/);
});

t.test('what is wrong with a value is said without the value', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.secrets.put('plain', CANARY);
  pod.aws.secrets.put('json', JSON.stringify({ a: CANARY, b: null }));
  pod.aws.secrets.put('half-json', `{"a": ${CANARY}`);
  pod.aws.ssm.put('/not-base64', `${CANARY} %`);

  const run = await pod.run(
    pod.plan([
      wish('env', 'PLAIN', secret('plain', { property: 'password' })),
      wish('env', 'HALF', secret('half-json', { property: 'a' })),
      wish('env', 'NULL', secret('json', { property: 'b' })),
      wish('env', 'PROTO', secret('json', { property: '__proto__' })),
      wish('env', 'DECODE', ssm('/not-base64', { decode: 'base64' })),
    ]),
  );

  isRefused(t, pod, run, /env PLAIN: .*\[LK-NOT-JSON\]/);
  t.match(run.terminationMessage, /env HALF: .*\[LK-NOT-JSON\]/);
  t.match(run.terminationMessage, /env NULL: .*\[LK-PROPERTY\]/);
  t.match(run.terminationMessage, /env PROTO: .*\[LK-PROPERTY\]/);
  t.match(run.terminationMessage, /env DECODE: .*\[LK-ENCODING\]/);
});

t.test('names that were made to break out are told in printable form', async (t) => {
  const pod = await startFetchPod(t);
  const hostile = '/a\u001b[31m\n::add-mask::\u202e';

  const run = await pod.run(
    pod.plan([wish('env', '__proto__', ssm(hostile)), wish('file', 'constructor', ssm(hostile))]),
  );

  isRefused(t, pod, run, /env __proto__: .*\[LK-/);
  t.match(run.terminationMessage, /file constructor: /);
  t.notMatch(run.terminationMessage, /[\u001b\u202e]|\n::/);
  t.notMatch(run.stderr, /[\u001b\u202e]/);
});

t.test('definite refusals of AWS end it at once, each with its own code', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.role(ROLE, {
    trust: [{ subject: 'system:serviceaccount:shop:web' }],
    allow: [{ actions: ['*'], resources: ['/fine', 'fine'] }],
  });
  pod.aws.ssm.put('/fine', CANARY);
  pod.aws.ssm.put('/denied', CANARY);
  pod.aws.secrets.put('denied', CANARY);

  const run = await pod.run(
    pod.plan([
      wish('env', 'FINE', ssm('/fine')),
      wish('env', 'DENIED', ssm('/denied')),
      wish('env', 'SECRET', secret('denied')),
      wish('env', 'NONE', secret('fine')),
    ]),
  );

  isRefused(t, pod, run, /env DENIED: ssm:\/denied: .*\[LK-DENIED\]/);
  t.match(run.terminationMessage, /env SECRET: secretsmanager:denied: .*\[LK-DENIED\]/);
  t.match(run.terminationMessage, /env NONE: secretsmanager:fine: .*\[LK-NOT-FOUND\].*recovers by itself/);
  t.notMatch(run.terminationMessage, /env FINE|request-id/);
});

t.test(
  'a role that does not trust the pod, and a token that AWS cannot verify, are told apart',
  async (t) => {
    const pod = await startFetchPod(t);
    pod.aws.ssm.put('/a', CANARY);
    const plan = pod.plan([wish('env', 'A', ssm('/a'))]);
    pod.aws.role(ROLE, { trust: [{ subject: 'system:serviceaccount:shop:other' }] });

    const untrusted = await pod.run(plan);
    pod.aws.setOidc(undefined);
    const unknown = await pod.run(plan);

    isRefused(t, pod, untrusted, /\[LK-TRUST\]/);
    isRefused(t, pod, unknown, /\[LK-NO-OIDC\]/);
  },
);

t.test('one definite refusal among things that could recover ends it', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.fault({ action: 'secretsmanager:*' }, { kind: 'throttle' });

  const run = await pod.run(pod.plan([wish('env', 'A', ssm('/none')), wish('env', 'B', secret('b'))]));

  isRefused(t, pod, run, /env A: .*\[LK-NOT-FOUND\]/);
});

t.test('a pod without any credentials is told both ways out, and no other source is tried', async (t) => {
  const pod = await startFetchPod(t);
  const { webIdentity: _, ...plan } = pod.plan([wish('env', 'A', ssm('/a'))]);

  const run = await pod.run(plan, {
    env: {
      AWS_ACCESS_KEY_ID: 'AKIACANARY',
      AWS_SECRET_ACCESS_KEY: CANARY,
      AWS_ROLE_ARN: ROLE,
      AWS_WEB_IDENTITY_TOKEN_FILE: pod.tokenFile,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: pod.aws.url,
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/credentials',
    },
  });

  isRefused(t, pod, run, /neither an IAM role nor an EKS Pod Identity \[LK-NO-CREDENTIALS\]/);
  t.same(pod.aws.calls, []);
});

t.test('an agent that refuses the pod ends it', async (t) => {
  const pod = await startFetchPod(t);
  const agent = await startPodIdentityAgent(() => refused(404, 'ResourceNotFoundException'));
  t.teardown(() => agent.close());
  const { webIdentity: _, ...plan } = pod.plan([wish('env', 'A', ssm('/a'))]);

  const run = await pod.run(plan, { env: identityEnv(agent.uri, pod) });

  isRefused(t, pod, run, /no Pod Identity association.*\[LK-NO-CREDENTIALS\]/);
});

t.test('links that were planted in a volume are not followed', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);
  const outside = join(pod.directory, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'keep'), 'mine');
  symlinkSync(outside, join(pod.directory, 'files/conf'));

  const run = await pod.run(
    pod.plan([wish('file', 'conf/keep', ssm('/a')), wish('file', 'other', ssm('/a'))]),
  );

  t.equal(run.code, 1);
  t.match(run.terminationMessage, /file conf\/keep: .*link.*\[LK-FILES\]/);
  t.notOk(pod.written().includes('files/other'), 'all or nothing');
  t.equal(pod.read('outside/keep'), 'mine');
  leaksNothing(t, run);
});

t.test('a plan whose paths leave the volume writes nothing', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);

  for (const path of ['../termination-log', 'a/../../x', 'a//b', 'nul\0']) {
    const run = await pod.run(pod.plan([wish('file', path, ssm('/a')), wish('file', 'fine', ssm('/a'))]));

    isRefused(t, pod, run, /\[LK-NAME\]/);
  }
});

t.test('a volume that cannot be written is told in words', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);
  rmSync(join(pod.directory, 'files'), { recursive: true });
  writeFileSync(join(pod.directory, 'files'), 'not a directory');

  const run = await pod.run(pod.plan([wish('file', 'a', ssm('/a')), wish('env', 'A', ssm('/a'))]));

  t.equal(run.code, 1);
  t.match(run.terminationMessage, /file a: .*\[LK-FILES\]/);
  t.notOk(run.terminationMessage.includes(pod.directory), 'without the path of the volume');
});
