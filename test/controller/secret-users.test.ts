import t from 'tap';
import { addSecretsOfPod, secretsOfPod } from '../../src/controller/secret-users.ts';

const HASH = '0123456789abcdef'.repeat(4);
const NAME = `latchkey-app-${HASH}`;

const ways: Readonly<Record<string, object>> = {
  'a variable': {
    containers: [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: NAME, key: 'k' } } }] }],
  },
  'a variable of an init container': {
    initContainers: [
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: NAME, key: 'k', optional: true } } }] },
    ],
  },
  envFrom: { containers: [{ envFrom: [{ secretRef: { name: NAME } }] }] },
  'a volume': { volumes: [{ name: 'v', secret: { secretName: NAME } }] },
  'a projected source': { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: NAME } }] } }] },
  'an ephemeral container': { ephemeralContainers: [{ envFrom: [{ secretRef: { name: NAME } }] }] },
  'a CSI volume': { volumes: [{ csi: { driver: 'd', nodePublishSecretRef: { name: NAME } } }] },
  imagePullSecrets: { imagePullSecrets: [{ name: NAME }] },
  'a field that no Kubernetes has yet': { future: { deep: [{ er: { secret: NAME } }] } },
};

for (const [way, spec] of Object.entries(ways)) {
  t.test(`a pod needs what it names in ${way}`, async (t) => {
    t.same([...secretsOfPod({ metadata: { namespace: 'shop' }, spec })], [NAME]);
  });
}

t.test('a Secret is needed in its own namespace only, and other names are not remembered', async (t) => {
  const places = new Set<string>();
  const spec = { volumes: [{ secret: { secretName: NAME } }, { secret: { secretName: 'theirs' } }] };

  addSecretsOfPod({ metadata: { namespace: 'shop' }, spec }, places);
  addSecretsOfPod({ metadata: {}, spec }, places);
  addSecretsOfPod('no pod', places);

  t.same([...places], [`shop/${NAME}`]);
});

const spec = { volumes: [{ secret: { secretName: NAME } }] };

t.test('a pod that ended needs nothing more', async (t) => {
  for (const phase of ['Succeeded', 'Failed'])
    t.equal(secretsOfPod({ spec, status: { phase } }).size, 0, phase);
});

t.test('any other phase counts, also of a pod that is being deleted', async (t) => {
  for (const phase of ['Pending', 'Running', 'Unknown', undefined]) {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    t.equal(secretsOfPod({ metadata, spec, status: { phase } }).size, 1, String(phase));
  }
});

t.test(
  'one that ended and has a controller counts: the next pod of its revision may be given the same',
  async (t) => {
    const controlled = { ownerReferences: [{ kind: 'Job', controller: true }] };
    const owned = { ownerReferences: [{ kind: 'Thing' }] };

    t.equal(secretsOfPod({ metadata: controlled, spec, status: { phase: 'Failed' } }).size, 1);
    t.equal(secretsOfPod({ metadata: owned, spec, status: { phase: 'Failed' } }).size, 0);
  },
);

t.test('a pod that nests without end is bounded', async (t) => {
  let deep: object = { secret: NAME };
  for (let level = 0; level < 10_000; level += 1) deep = { deep };

  t.equal(secretsOfPod({ spec: deep }).size, 0);
});
