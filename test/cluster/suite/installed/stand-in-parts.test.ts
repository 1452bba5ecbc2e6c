// The parts of the stand-in node that decide something, without a cluster.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';

import { repositoryOf } from '../../node/images.ts';
import { podStatus, type ContainerState } from '../../node/pod-status.ts';
import { translation } from '../../node/sandbox.ts';
import { wantedPorts } from '../../node/service-proxy.ts';
import { writeVolume } from '../../node/volume-files.ts';
import { stepsOf } from '../../support/page-steps.ts';

const SERVICE = {
  metadata: { namespace: 'a', name: 's' },
  spec: { clusterIP: '127.64.0.9', ports: [{ name: 'web', port: 443 }] },
};

function sliceOf(...conditions: readonly object[]) {
  return {
    metadata: { namespace: 'a', labels: { 'kubernetes.io/service-name': 's' } },
    ports: [{ name: 'web', port: 8443 }],
    endpoints: conditions.map((each, index) => ({
      addresses: [`10.128.1.${String(index)}`],
      conditions: each,
    })),
  };
}

const READY = { ready: true, serving: true, terminating: false };
const STARTING = { ready: false, serving: false, terminating: false };
const ENDING = { ready: false, serving: true, terminating: true };

for (const [what, conditions, hosts] of [
  ['ready endpoints alone', [STARTING, READY, ENDING], ['127.128.1.1']],
  ['those that end, where none is ready', [STARTING, ENDING], ['127.128.1.1']],
  ['nowhere, where none serves', [STARTING], undefined],
] as const) {
  t.test(`a Service leads to ${what}`, async (t) => {
    const backends = wantedPorts([SERVICE], [sliceOf(...conditions)]).get('127.64.0.9:443');

    t.strictSame(
      backends,
      hosts?.map((host) => ({ host, port: 8443 })),
    );
  });
}

t.test('slices of other namespaces and headless Services lead nowhere', async (t) => {
  const elsewhere = { ...sliceOf(READY), metadata: { ...sliceOf().metadata, namespace: 'b' } };
  const headless = { ...SERVICE, spec: { ...SERVICE.spec, clusterIP: 'None' } };

  t.equal(wantedPorts([SERVICE], [elsewhere]).size, 0);
  t.equal(wantedPorts([headless], [sliceOf(READY)]).size, 0);
});

function container(fields: Partial<ContainerState>): ContainerState {
  return {
    ...{ name: 'a', image: 'i', state: { running: {} }, lastState: {} },
    ...{ started: true, ready: true, restarts: 0, ...fields },
  };
}

function statusOf(restartPolicy: string, containers: readonly ContainerState[]) {
  const pod = { metadata: {}, spec: { restartPolicy } };
  return podStatus(pod, { hostIP: 'h', podIP: 'p', startTime: '', init: [], containers }, 'now');
}

for (const [what, policy, states, phase, ready] of [
  ['that waits', 'Always', [{ waiting: {} }], 'Pending', 'True'],
  ['that runs', 'Always', [{ running: {} }], 'Running', 'True'],
  ['whose container ended and starts again', 'Always', [{ terminated: { exitCode: 1 } }], 'Running', 'True'],
  ['that is done', 'Never', [{ terminated: { exitCode: 0 } }], 'Succeeded', 'True'],
  [
    'of which one container failed',
    'Never',
    [{ terminated: { exitCode: 0 } }, { terminated: { exitCode: 1 } }],
    'Failed',
    'True',
  ],
] as const) {
  t.test(`a pod ${what} is ${phase}`, async (t) => {
    const status = statusOf(
      policy,
      states.map((state) => container({ state })),
    );

    t.equal(status.phase, phase);
    t.match(status.conditions, [
      {},
      {},
      { type: 'ContainersReady', status: ready },
      { type: 'Ready', status: ready },
    ]);
  });
}

t.test('one container that is not ready makes the pod not ready', async (t) => {
  const status = statusOf('Always', [container({}), container({ ready: false })]);

  t.match(status.conditions.at(-1), { type: 'Ready', status: 'False' });
});

t.test('a path belongs to its longest mount, and one outside of all is its own', async (t) => {
  const translate = translation({
    mounts: [
      { path: '/etc/a', target: '/v/1' },
      { path: '/etc/a/b', target: '/v/2' },
    ],
  });

  t.strictSame(['/etc/a', '/etc/a/x', '/etc/a/b/x', '/etc/ab', '/x'].map(translate), [
    '/v/1',
    '/v/1/x',
    '/v/2/x',
    '/etc/ab',
    '/x',
  ]);
});

t.test('a volume changes as a whole, behind links that stay', async (t) => {
  const directory = join(t.testdir(), 'volume');
  const file = (text: string) => ({ bytes: Buffer.from(text), mode: 0o400 });
  await writeVolume(
    directory,
    new Map([
      ['a', file('1')],
      ['sub/b', file('1')],
    ]),
  );

  await writeVolume(
    directory,
    new Map([
      ['a', file('2')],
      ['sub/b', file('2')],
    ]),
  );

  t.equal(await readFile(join(directory, 'a'), 'utf8'), '2');
  t.equal(await readFile(join(directory, 'sub/b'), 'utf8'), '2');
  t.equal((await readdir(directory)).length, 4, 'two links, ..data, and what it leads to');
});

t.test("an image is known by its repository's last part", async (t) => {
  for (const image of ['latchkey', 'latchkey:1', 'registry.example:5000/x/latchkey:0.1.0@sha256:00']) {
    t.equal(repositoryOf(image), 'latchkey', image);
  }
});

t.test('the commands of a page come with their heading and what they print', async (t) => {
  const page =
    '# A\n\n```sh\n# no heading\nfirst\n```\n\n## B\n\n```yaml\nno: command\n```\n\n```sh\nsecond\n```\n\n> Error: it\n> fails\n';

  t.strictSame(stepsOf(page), [
    { heading: '# A', script: '# no heading\nfirst\n', prints: '', fails: false },
    { heading: '## B', script: 'second\n', prints: 'Error: it fails', fails: true },
  ]);
});
