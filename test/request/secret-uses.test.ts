import t from 'tap';

import type { Pod } from '../../src/request/pod.ts';
import { secretUses } from '../../src/request/secret-uses.ts';

function podOf(spec: object): Pod {
  return { metadata: {}, spec: { containers: [], ...spec } };
}

const KEY = (name: string, optional?: boolean) => ({
  name: 'A',
  valueFrom: { secretKeyRef: { name, key: 'k', ...(optional === undefined ? {} : { optional }) } },
});

t.test('a pod that refers to no Secret has none', async (t) => {
  const token = {
    name: 'kube-api-access',
    projected: { sources: [{ serviceAccountToken: { path: 'token' } }] },
  };
  const container = {
    name: 'app',
    env: [{ name: 'A', value: 'b' }],
    envFrom: [{ configMapRef: { name: 'c' } }],
  };

  const uses = secretUses(podOf({ containers: [container], volumes: [token, { name: 'e', emptyDir: {} }] }));

  t.strictSame(uses, []);
});

t.test('every place of a pod that names a Secret is found', async (t) => {
  const drivers = ['flexVolume', 'rbd', 'cephfs', 'iscsi', 'scaleIO', 'storageos'];
  const pod = podOf({
    containers: [{ name: 'app', env: [KEY('key')], envFrom: [{ secretRef: { name: 'all' } }] }],
    initContainers: [
      { name: 'init', env: [KEY('init')] },
      { name: 'native-sidecar', restartPolicy: 'Always', envFrom: [{ secretRef: { name: 'sidecar' } }] },
    ],
    volumes: [
      { name: 'files', secret: { secretName: 'volume' } },
      {
        name: 'mixed',
        projected: { sources: [{ configMap: { name: 'c' } }, { secret: { name: 'projected' } }] },
      },
      { name: 'csi', csi: { driver: 'd', nodePublishSecretRef: { name: 'csi' } } },
      { name: 'azure', azureFile: { secretName: 'azure', shareName: 's' } },
      ...drivers.map((kind) => ({
        name: kind.toLowerCase(),
        [kind]: { secretRef: { name: kind.toLowerCase() } },
      })),
    ],
    imagePullSecrets: [{ name: 'registry' }],
  });

  const uses = secretUses(pod);

  const expected = ['key', 'all', 'init', 'sidecar', 'volume', 'projected', 'csi', 'azure'];
  t.strictSame(
    uses.map(({ name }) => name),
    [...expected, ...drivers.map((kind) => kind.toLowerCase()), 'registry'],
  );
  t.strictSame(uses.at(-1), {
    name: 'registry',
    need: 'pull',
    place: { label: 'imagePullSecrets', field: 'spec.imagePullSecrets[0]' },
  });
  t.strictSame(uses[0]?.place, { label: 'container app, env A', field: 'spec.containers[0].env[0]' });
  t.strictSame(uses[3]?.place, {
    label: 'container native-sidecar, envFrom',
    field: 'spec.initContainers[1].envFrom[0]',
  });
});

t.test('whoever needs a Secret most decides', async (t) => {
  const pod = podOf({
    containers: [
      { name: 'a', env: [KEY('x', true), KEY('y', true)] },
      { name: 'b', env: [KEY('x', false)] },
    ],
    volumes: [
      { name: 'o', secret: { secretName: 'z', optional: true } },
      { name: 'p', projected: { sources: [{ secret: { name: 'w', optional: true } }] } },
    ],
    imagePullSecrets: [{ name: 'z' }],
  });

  const needs = Object.fromEntries(secretUses(pod).map(({ name, need }) => [name, need]));

  t.strictSame(needs, { x: 'required', y: 'optional', z: 'pull', w: 'optional' });
});

t.test('what is not as Kubernetes has it refers to nothing', async (t) => {
  const volumes = [
    { name: 'a', secret: null },
    { name: 'b', secret: { secretName: 7 } },
    { name: 'c', projected: { sources: null } },
    { name: 'd', projected: { sources: [null, { secret: 'x' }] } },
    { name: 'e', csi: 'x' },
  ];

  const uses = secretUses(podOf({ volumes, imagePullSecrets: [{ name: '' }, {}] }));

  t.strictSame(uses, []);
});
