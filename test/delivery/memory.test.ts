import t from 'tap';
import { narrowPod } from '../../src/admission/narrow-pod.ts';
import { decodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import type { MemoryOptions } from '../../src/delivery/prepare-fetch.ts';
import { deliverMemory, needsEnvFiles } from '../../src/delivery/memory.ts';
import type { Plan } from '../../src/request/plan.ts';
import { apply } from './apply.ts';
import { review } from './rounds.ts';

const OPTIONS: MemoryOptions = {
  fetchImage: 'latchkey:1',
  fetchResources: { cpu: '50m', memory: '96Mi' },
  fetchDeadlineSeconds: 60,
  namespace: 'shop',
  serviceAccount: 'app',
  status: { version: 1, plan: 'p', delivery: 'memory' },
};

function podOf(annotations: Readonly<Record<string, string>>) {
  return {
    metadata: { annotations: { 'latchkey.dev/delivery': 'memory', ...annotations } },
    spec: { containers: [{ name: 'app' }] },
  };
}

function planOf(annotations: Readonly<Record<string, string>>): Plan {
  const reviewed = review(podOf(annotations));
  if (reviewed.kind !== 'delivered') throw new Error(JSON.stringify(reviewed));
  return reviewed.plan;
}

function fetchOf(options: MemoryOptions, annotations: Readonly<Record<string, string>>) {
  const pod = podOf(annotations);
  const { operations } = deliverMemory(pod, planOf(annotations), options);
  const [container] = narrowPod(apply(pod, operations)).spec.initContainers ?? [];
  const env = new Map((container?.env ?? []).map(({ name, value }) => [name, value]));
  return { env, plan: decodeFetchPlan(env.get('LATCHKEY_FETCH_PLAN')) };
}

t.test('fetch is told who asks, what, and where to write', async (t) => {
  const options = {
    ...OPTIONS,
    cluster: 'prod',
    endpoint: 'http://moto:5000',
    webIdentity: { roleArn: 'arn:aws:iam::111122223333:role/app', audience: 'sts.amazonaws.com' },
  };

  const { plan } = fetchOf(options, {
    'latchkey.dev/env.A': 'ssm:/a',
    'latchkey.dev/files': '/etc/a: ssm:/a',
    'latchkey.dev/assume-role-arn': 'arn:aws:iam::444455556666:role/b',
    'latchkey.dev/external-id': 'xyz',
    'latchkey.dev/failover-region': 'eu-west-1',
  });

  t.match(plan, {
    version: 1,
    namespace: 'shop',
    serviceAccount: 'app',
    cluster: 'prod',
    endpoint: 'http://moto:5000',
    webIdentity: {
      roleArn: 'arn:aws:iam::111122223333:role/app',
      tokenFile: '/var/run/secrets/latchkey.dev/serviceaccount/token',
    },
    envFile: '/latchkey/env/env',
    pathsRoot: '/latchkey/paths',
    deadlineSeconds: 60,
    plan: {
      assumeRoleArn: 'arn:aws:iam::444455556666:role/b',
      externalId: 'xyz',
      failoverRegion: 'eu-west-1',
    },
  });
  t.notOk('filesRoot' in plan);
});

t.test("the operator's proxy is set, and every other one cleared", async (t) => {
  const proxy = new Map([
    ['HTTPS_PROXY', 'http://proxy:3128'],
    ['NODE_EXTRA_CA_CERTS', '/ca.pem'],
  ]);

  const { env } = fetchOf({ ...OPTIONS, proxy }, { 'latchkey.dev/file.a': 'ssm:/a' });

  t.equal(env.get('HTTPS_PROXY'), 'http://proxy:3128');
  t.equal(env.get('NODE_EXTRA_CA_CERTS'), '/ca.pem');
  t.equal(env.get('https_proxy'), '');
  t.equal(env.get('NODE_OPTIONS'), '');
});

t.test('without a role neither a token nor AWS variables are added', async (t) => {
  const { env, plan } = fetchOf(OPTIONS, { 'latchkey.dev/file.a': 'ssm:/a' });

  t.notOk([...env.keys()].some((name) => name.startsWith('AWS_')));
  t.notOk('webIdentity' in plan);
});

t.test('500 references with long names fit', async (t) => {
  const lines = Array.from({ length: 500 }, (_, index) => `A${index}: ssm:/${'long/'.repeat(20)}${index}`);

  const { plan } = fetchOf(OPTIONS, { 'latchkey.dev/env': lines.join('\n') });

  t.equal(plan.plan.items.length, 500);
});

t.test('variables need env files, files do not', async (t) => {
  t.ok(needsEnvFiles(planOf({ 'latchkey.dev/env.A': 'ssm:/a' })));
  t.ok(needsEnvFiles(planOf({ 'latchkey.dev/env-from': 'secretsmanager:a?keys=b' })));
  t.notOk(needsEnvFiles(planOf({ 'latchkey.dev/file.a': 'ssm:/a' })));
  t.notOk(needsEnvFiles({ ...planOf({ 'latchkey.dev/env.A': 'ssm:/a' }), delivery: 'secret' }));
});

t.test('a container that would look into the volume of variables is refused', async (t) => {
  const annotations = { 'latchkey.dev/env.A': 'ssm:/a' };
  const volumeMounts = [{ name: 'latchkey-env', mountPath: '/look' }];
  const pod = {
    ...podOf(annotations),
    spec: { containers: [{ name: 'app' }, { name: 'spy', volumeMounts }] },
  };

  const { operations, problems } = deliverMemory(pod, planOf(annotations), OPTIONS);

  t.strictSame(operations, []);
  t.match(problems, [{ code: 'LK-RESERVED', place: 'container spy, mount of latchkey-env' }]);
});

const FOREIGN = [
  ['another command', { args: ['fetch'], command: ['sh'] }],
  ['other arguments', { args: ['fetch', '--all'] }],
  ['a restart policy', { args: ['fetch'], restartPolicy: 'Always' }],
  [
    'a second plan',
    { args: ['fetch'], env: [{ name: 'LATCHKEY_FETCH_PLAN' }, { name: 'LATCHKEY_FETCH_PLAN' }] },
  ],
  [
    'Node options after ours',
    {
      args: ['fetch'],
      env: [{ name: 'LATCHKEY_FETCH_PLAN' }, { name: 'NODE_OPTIONS' }, { name: 'NODE_OPTIONS' }],
    },
  ],
  ['no plan', { args: ['fetch'], env: [] }],
] as const;

for (const [name, fields] of FOREIGN) {
  t.test(`a container of our name with ${name} is not ours`, async (t) => {
    const annotations = { 'latchkey.dev/file.a': 'ssm:/a' };
    const container = {
      name: 'latchkey-fetch',
      env: [{ name: 'LATCHKEY_FETCH_PLAN', value: 'x' }],
      ...fields,
    };
    const pod = {
      ...podOf(annotations),
      spec: { containers: [{ name: 'app' }], initContainers: [container] },
    };

    const { problems } = deliverMemory(pod, planOf(annotations), OPTIONS);

    t.match(problems, [{ code: 'LK-RESERVED', place: 'container latchkey-fetch' }]);
  });
}

t.test('a container of ours that lost its mounts gets them again', async (t) => {
  const annotations = { 'latchkey.dev/file.a': 'ssm:/a' };
  const container = {
    name: 'latchkey-fetch',
    args: ['fetch'],
    env: [{ name: 'LATCHKEY_FETCH_PLAN', value: 'x' }],
  };
  const pod = { ...podOf(annotations), spec: { containers: [{ name: 'app' }], initContainers: [container] } };

  const { operations } = deliverMemory(pod, planOf(annotations), OPTIONS);

  const [patched] = narrowPod(apply(pod, operations)).spec.initContainers ?? [];
  t.strictSame(patched?.volumeMounts, [{ name: 'latchkey-files', mountPath: '/latchkey/files' }]);
});
