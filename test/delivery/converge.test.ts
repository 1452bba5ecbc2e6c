import t from 'tap';
import { converge, isRecord } from '../../src/delivery/converge.ts';
import { apply } from './apply.ts';

const CASES = [
  {
    name: 'what others added stays and asks for nothing',
    wanted: {
      name: 'latchkey-fetch',
      env: [{ name: 'A', value: '1' }],
      resources: { limits: { cpu: '50m' } },
    },
    found: {
      name: 'latchkey-fetch',
      imagePullPolicy: 'IfNotPresent',
      env: [
        { name: 'Z', value: 'other' },
        { name: 'A', value: '1' },
      ],
      resources: { limits: { cpu: '50m', 'ephemeral-storage': '1Gi' } },
    },
    expected: [],
  },
  {
    name: 'quantities in canonical form are what we wrote',
    wanted: {
      resources: { requests: { cpu: '1000m', memory: '1024Mi' } },
      emptyDir: { sizeLimit: '2048Ki' },
    },
    found: { resources: { requests: { cpu: '1', memory: '1Gi' } }, emptyDir: { sizeLimit: '2Mi' } },
    expected: [],
  },
  {
    name: 'an empty value that the API server left out is what we wrote',
    wanted: { env: [{ name: 'NODE_OPTIONS', value: '' }] },
    found: { env: [{ name: 'NODE_OPTIONS' }] },
    expected: [],
  },
  {
    name: 'an image behind a mirror with its digest pinned is what we wrote',
    wanted: { image: 'ghcr.io/latchkey/latchkey:1.0.0' },
    found: { image: 'mirror.corp:5000/ghcr.io/latchkey:1.0.0@sha256:00ff' },
    expected: [],
  },
  {
    name: 'another release of the image is replaced',
    wanted: { image: 'latchkey:1.1.0' },
    found: { image: 'latchkey:1.0.0' },
    expected: [{ op: 'replace', path: '/image', value: 'latchkey:1.1.0' }],
  },
  {
    name: 'another Secret is named by replacing the name alone',
    wanted: { valueFrom: { secretKeyRef: { name: 'new', key: 'env.A' } } },
    found: { valueFrom: { secretKeyRef: { name: 'old', key: 'env.A' } } },
    expected: [{ op: 'replace', path: '/valueFrom/secretKeyRef/name', value: 'new' }],
  },
  {
    name: 'another kind of source replaces the source',
    wanted: { valueFrom: { fileKeyRef: { key: 'env.A' } } },
    found: { valueFrom: { secretKeyRef: { name: 'old', key: 'env.A' } } },
    expected: [{ op: 'replace', path: '/valueFrom', value: { fileKeyRef: { key: 'env.A' } } }],
  },
  {
    name: 'a variable of ours that has a text instead of a source is replaced as a whole',
    wanted: { env: [{ name: 'A', valueFrom: { fileKeyRef: { key: 'a' } } }] },
    found: { env: [{ name: 'A', value: 'text' }] },
    expected: [
      { op: 'replace', path: '/env/0', value: { name: 'A', valueFrom: { fileKeyRef: { key: 'a' } } } },
    ],
  },
  {
    name: 'a reference that is no longer optional loses that mark',
    wanted: { valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    found: { valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: true } } },
    expected: [{ op: 'remove', path: '/valueFrom/secretKeyRef/optional' }],
  },
  {
    name: 'an unnamed list is replaced as a whole when it differs',
    wanted: { items: [{ key: 'a', path: 'a', mode: 292 }] },
    found: { items: [{ key: 'b', path: 'b', mode: 292 }] },
    expected: [{ op: 'replace', path: '/items', value: [{ key: 'a', path: 'a', mode: 292 }] }],
  },
  {
    name: 'defaults inside an unnamed list are tolerated',
    wanted: { sources: [{ serviceAccountToken: { path: 'token' } }] },
    found: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] },
    expected: [],
  },
  {
    name: 'missing parts are added, in named lists at the end',
    wanted: { env: [{ name: 'B', value: '2' }], volumeMounts: [{ name: 'v', mountPath: '/v' }] },
    found: { env: [{ name: 'A', value: '1' }] },
    expected: [
      { op: 'add', path: '/env/-', value: { name: 'B', value: '2' } },
      { op: 'add', path: '/volumeMounts', value: [{ name: 'v', mountPath: '/v' }] },
    ],
  },
] as const;

for (const { name, wanted, found, expected } of CASES) {
  t.test(name, async (t) => {
    const operations = converge('', wanted, found);

    t.strictSame(operations, expected);
    const patched = apply(found, operations);
    t.strictSame(isRecord(patched) && converge('', wanted, patched), [], 'and then nothing is left to do');
  });
}
