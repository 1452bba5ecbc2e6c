import t from 'tap';
import { envFilesProblem } from '../../src/delivery/env-files.ts';
import type { Node } from '../../src/kubernetes/kubernetes.ts';

const NEW: Node = {
  name: 'new',
  labels: { 'kubernetes.io/os': 'linux', pool: 'new' },
  kubeletVersion: 'v1.35.2-eks-1a2b3c',
  operatingSystem: 'linux',
  ready: true,
  cordoned: false,
};
const OLD: Node = { ...NEW, name: 'ip-10-0-0-1', labels: { pool: 'old' }, kubeletVersion: 'v1.34.9' };
const V135 = { major: 1, minor: 35 };

t.test('a cluster of new nodes has no problem', async (t) => {
  t.equal(envFilesProblem({ nodes: [NEW], version: V135 }), undefined);
});

t.test('a cluster without any node yet has no problem', async (t) => {
  t.equal(envFilesProblem({ nodes: [], version: V135 }), undefined);
});

t.test('a node that blocks is named with its version and the way out', async (t) => {
  const problem = envFilesProblem({ nodes: [NEW, OLD], version: V135 });

  t.match(problem, {
    code: 'LK-FEATURE',
    message: /node "ip-10-0-0-1" has kubelet "v1.34.9"$/,
    remedy: /delivery secret/,
  });
});

t.test('of several nodes that block the oldest is named, and how many more there are', async (t) => {
  const oldest = { ...OLD, name: 'oldest', kubeletVersion: 'v1.30.1' };

  const problem = envFilesProblem({ nodes: [OLD, oldest, NEW], version: V135 });

  t.match(problem?.message, /node "oldest" has kubelet "v1.30.1" \(and 1 more\)$/);
});

t.test('an old API server blocks whatever the nodes say', async (t) => {
  const problem = envFilesProblem({ nodes: [NEW], version: { major: 1, minor: 34 } });

  t.match(problem?.message, /the API server has version 1.34$/);
});

t.test('a version that cannot be read blocks', async (t) => {
  const problem = envFilesProblem({ nodes: [{ ...NEW, kubeletVersion: 'unknown' }], version: V135 });

  t.equal(problem?.code, 'LK-FEATURE');
});

const IGNORED = [
  ['not ready', { ...OLD, ready: false }],
  ['cordoned', { ...OLD, cordoned: true }],
  ['of Windows', { ...OLD, operatingSystem: 'windows' }],
] as const;

for (const [name, node] of IGNORED) {
  t.test(`an old node that is ${name} does not count`, async (t) => {
    t.equal(envFilesProblem({ nodes: [NEW, node], version: V135 }), undefined);
  });
}

t.test('an old node that the pod does not select does not count', async (t) => {
  t.equal(envFilesProblem({ nodes: [NEW, OLD], version: V135, nodeSelector: { pool: 'new' } }), undefined);
});

t.test('a selector is matched against own labels only', async (t) => {
  const nodeSelector = { constructor: 'function Object() { [native code] }' };

  t.equal(envFilesProblem({ nodes: [OLD], version: V135, nodeSelector }), undefined);
});
