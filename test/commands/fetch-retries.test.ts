import t from 'tap';
import { CANARY, identityEnv, leaksNothing } from '../support/fetch-checks.ts';
import { REGION, ROLE, secret, ssm, startFetchPod, wish } from '../support/fetch-pod.ts';
import { granted, refused, startPodIdentityAgent } from '../support/pod-identity-agent.ts';

const AFFECTED = { credentials: ['sts'], values: ['ssm', 'secretsmanager'] } as const;

t.test('what has no definite answer is asked again, and only that', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);
  pod.aws.secrets.put('b', CANARY);
  pod.aws.fault({ action: 'secretsmanager:*', times: 3 }, { kind: 'throttle' });

  const run = await pod.run(pod.plan([wish('env', 'A', ssm('/a')), wish('env', 'B', secret('b'))]));

  t.equal(run.code, 0, run.stderr);
  t.equal(pod.variable({ kind: 'env', name: 'B' }), CANARY);
  t.equal(pod.aws.count('ssm:GetParameters'), 1, 'what was there is not asked again');
  t.match(run.stderr, /"codes":\["LK-THROTTLED"\],"msg":"trying again"/);
  leaksNothing(t, run);
});

t.test('an answer that breaks off is no answer, and is asked for again', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);
  pod.aws.fault({ action: 'ssm:*', times: 1 }, { kind: 'close-mid-answer' });
  pod.aws.fault({ action: 'sts:*', times: 1 }, { kind: 'close' });

  const run = await pod.run(pod.plan([wish('env', 'A', ssm('/a'))]));

  t.equal(run.code, 0, run.stderr);
  leaksNothing(t, run);
});

t.test(
  'without any answer up to the deadline it exits with 75, so that the kubelet tries again',
  async (t) => {
    t.jobs = 4;
    const failures = [
      ['credentials', { kind: 'close' }, 'LK-AWS-AWAY'],
      ['credentials', { kind: 'server-error' }, 'LK-AWS-AWAY'],
      ['credentials', { kind: 'throttle' }, 'LK-THROTTLED'],
      ['credentials', { kind: 'hang' }, 'LK-TIMEOUT'],
      ['values', { kind: 'close-mid-answer' }, 'LK-AWS-AWAY'],
      ['values', { kind: 'throttle' }, 'LK-THROTTLED'],
      ['values', { kind: 'hang' }, 'LK-TIMEOUT'],
      ['values', { kind: 'nonsense', text: CANARY }, 'LK-AWS-AWAY'],
    ] as const;

    await Promise.all(
      failures.map(([part, fault, code]) =>
        t.test(`${fault.kind}, ${part}`, { buffered: true }, async (t) => {
          const pod = await startFetchPod(t);
          pod.aws.ssm.put('/a', CANARY);
          pod.aws.secrets.put('b', CANARY);
          for (const service of AFFECTED[part]) pod.aws.fault({ action: `${service}:*` }, fault);
          const items = [wish('env', 'A', ssm('/a')), wish('file', 'b', secret('b'))];

          const run = await pod.run(pod.plan(items, { deadlineSeconds: 2 }));

          t.equal(run.code, 75, run.stderr);
          t.match(run.terminationMessage, new RegExp(`env A: .*\\[${code}\\].*recovers by itself`));
          t.match(run.terminationMessage, new RegExp(`file b: .*\\[${code}\\].*recovers by itself`));
          t.same(pod.written(), []);
          leaksNothing(t, run);
        }),
      ),
    );
  },
);

t.test('the second region is asked when the first gives no answer', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', 'from the other region', { region: 'eu-central-1' });
  pod.aws.fault({ action: 'ssm:*', region: REGION }, { kind: 'server-error' });

  const run = await pod.run(
    pod.plan([wish('env', 'A', ssm('/a'))], { plan: { failoverRegion: 'eu-central-1' } }),
  );

  t.equal(run.code, 0, run.stderr);
  t.equal(pod.variable({ kind: 'env', name: 'A' }), 'from the other region');
});

t.test('an agent that is not ready yet is asked again', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);
  pod.aws.role(ROLE, {});
  const answers = [undefined, refused(500, 'InternalServerException'), refused(429, 'ThrottlingException')];
  const agent = await startPodIdentityAgent((call) =>
    call < answers.length ? answers[call] : granted(pod.aws.credentials(ROLE)),
  );
  t.teardown(() => agent.close());
  const { webIdentity: _, ...plan } = pod.plan([wish('env', 'A', ssm('/a'))]);

  const run = await pod.run(plan, { env: identityEnv(agent.uri, pod) });

  t.equal(run.code, 0, run.stderr);
  t.ok(agent.tokens.length > answers.length);
});

t.test('told to end, it ends, and leaves no part of a file', async (t) => {
  const pod = await startFetchPod(t);
  pod.aws.ssm.put('/a', CANARY);
  pod.aws.fault({ action: 'secretsmanager:*' }, { kind: 'hang' });
  const plan = pod.plan([wish('file', 'a', ssm('/a')), wish('env', 'B', secret('b'))], {
    deadlineSeconds: 600,
  });

  const run = await pod.run(plan, {
    started: (child) => {
      const timer = setInterval(() => {
        if (pod.aws.count('secretsmanager:GetSecretValue') === 0) return;
        clearInterval(timer);
        child.kill('SIGTERM');
      }, 5);
      child.once('close', () => clearInterval(timer));
    },
  });

  t.equal(run.code, 143, run.stderr);
  t.match(run.stderr, /"signal":"SIGTERM","msg":"stopped"/);
  t.equal(pod.aws.count('secretsmanager:GetSecretValue'), 1, 'it did not wait for the answer');
  t.same(pod.written(), []);
  t.equal(run.terminationMessage, '');
  leaksNothing(t, run);
});
