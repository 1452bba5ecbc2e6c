// `latchkey take-over`: shows what it would do, does it when told to, and refuses what would be undone at once.

import { Writable } from 'node:stream';
import t, { type Test } from 'tap';

import { run } from '../../src/commands/take-over.ts';
import { UsageError } from '../../src/config/usage-error.ts';
import { LatchkeyError } from '../../src/errors.ts';
import {
  EXTERNAL_SECRET_ESO,
  EXTERNAL_SECRET_KES,
  SECRET_PROVIDER_CLASS,
} from '../support/kubernetes-double-custom.ts';
import {
  startKubernetesDouble,
  type KubernetesDouble,
  type StoredObject,
} from '../support/kubernetes-double.ts';

const AT = { namespace: 'shop', name: 'db' };
const KES_OWNER = {
  apiVersion: 'kubernetes-client.io/v1',
  kind: 'ExternalSecret',
  name: 'db',
  uid: 'uid-kes',
  controller: true,
};
const ESO_MARKS = {
  labels: {
    'reconcile.external-secrets.io/managed': 'true',
    'reconcile.external-secrets.io/created-by': 'x',
    team: 'shop',
  },
  annotations: { 'reconcile.external-secrets.io/data-hash': 'x', note: 'kept' },
};

async function cluster(t: Test): Promise<KubernetesDouble> {
  const groups = ['kubernetes-client.io', 'external-secrets.io', 'secrets-store.csi.x-k8s.io'];
  const served = Object.fromEntries(groups.map((group) => [group, ['v1']]));
  const kubernetes = await startKubernetesDouble({ served });
  t.teardown(() => kubernetes.close());
  return kubernetes;
}

function putSecret(kubernetes: KubernetesDouble, metadata: object, seed: object = {}): void {
  const rest = { type: 'Opaque', data: { password: 'Y2FuYXJ5' }, metadata };
  kubernetes.put('v1', 'Secret', AT, { rest, ...seed });
}

function secretOf(kubernetes: KubernetesDouble): StoredObject | undefined {
  return kubernetes.get('Secret', 'shop', 'db');
}

async function takeOver(kubernetes: KubernetesDouble, ...args: readonly string[]) {
  let out = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out += chunk.toString();
      done();
    },
  });
  const { signal } = new AbortController();
  const ending = await run({
    args: ['shop/db', '--kubeconfig', kubernetes.adminKubeconfig, ...args],
    env: {},
    stdin: process.stdin,
    stdout,
    stderr: stdout,
    signal,
  }).catch((error: unknown) => {
    if (error instanceof LatchkeyError) return error;
    throw error;
  });
  return { ending, out };
}

t.test('a Secret of one controller is handed to the definition of the other', async (t) => {
  const kubernetes = await cluster(t);
  putSecret(kubernetes, { ownerReferences: [KES_OWNER] });
  const { uid } = kubernetes.custom.put(
    EXTERNAL_SECRET_ESO,
    { namespace: 'shop', name: 'shop-db' },
    {
      rest: { spec: { target: { name: 'db' } } },
    },
  ).metadata;

  const shown = await takeOver(kubernetes);
  const untouched = structuredClone(secretOf(kubernetes));
  const dryRun = await takeOver(kubernetes, '--dry-run');
  const afterDryRun = structuredClone(secretOf(kubernetes));
  const done = await takeOver(kubernetes, '--yes');
  const again = await takeOver(kubernetes, '--yes');

  t.equal(shown.ending, 0);
  t.match(
    shown.out,
    'owner: ExternalSecret.kubernetes-client.io "db" becomes ExternalSecret.external-secrets.io "shop-db"',
  );
  t.match(shown.out, 'label latchkey.dev/adopted: eso is added');
  t.match(shown.out, 'Nothing was changed. Add --yes');
  t.match(dryRun.out, 'A dry run');
  t.strictSame(afterDryRun, untouched);
  t.match(done.out, 'Done.');
  const secret = secretOf(kubernetes);
  t.strictSame(secret?.metadata['ownerReferences'], [
    { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'shop-db', uid, controller: true },
  ]);
  t.equal(secret?.metadata.labels?.['latchkey.dev/adopted'], 'eso');
  t.strictSame(secret?.['data'], { password: 'Y2FuYXJ5' }, 'the data are not touched');
  t.match(again.out, 'is kept by Latchkey already');
  t.notMatch(shown.out + done.out, 'Y2FuYXJ5');
});

t.test(
  "a Secret of the CSI driver gets its class as an owner beside the driver's own, and loses the driver's label",
  async (t) => {
    const kubernetes = await cluster(t);
    const secretObjects = ['db', 'more'].map((secretName) => ({ secretName, type: 'Opaque', data: [] }));
    const { uid } = kubernetes.custom.put(
      SECRET_PROVIDER_CLASS,
      { namespace: 'shop', name: 'class' },
      { rest: { spec: { provider: 'aws', secretObjects } } },
    ).metadata;
    const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'shop-1', uid: 'uid-of-rs' };
    const labels = { 'secrets-store.csi.k8s.io/managed': 'true', team: 'shop' };
    putSecret(kubernetes, { ownerReferences: [replicaSet] }, { labels });

    const { out } = await takeOver(kubernetes, '--yes');

    t.match(out, 'owner: nobody becomes SecretProviderClass.secrets-store.csi.x-k8s.io "class"');
    t.match(out, 'secrets-store.csi.k8s.io/managed is removed');
    const metadata = secretOf(kubernetes)?.metadata;
    t.strictSame(metadata?.labels, { team: 'shop', 'latchkey.dev/adopted': 'ascp' });
    t.strictSame(metadata?.['ownerReferences'], [
      replicaSet,
      {
        apiVersion: 'secrets-store.csi.x-k8s.io/v1',
        kind: 'SecretProviderClass',
        name: 'class',
        uid,
        controller: true,
      },
    ]);
  },
);

t.test('the marks of the controller that kept it go, everything else stays', async (t) => {
  const kubernetes = await cluster(t);
  const { uid } = kubernetes.custom.put(EXTERNAL_SECRET_ESO, AT, { rest: { spec: {} } }).metadata;
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' };
  const owner = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    name: 'db',
    uid,
    controller: true,
  };
  putSecret(kubernetes, { ownerReferences: [other, owner] }, ESO_MARKS);

  const { out } = await takeOver(kubernetes, '--yes');

  t.match(out, 'reconcile.external-secrets.io/data-hash is removed');
  t.notMatch(out, 'owner:');
  const metadata = secretOf(kubernetes)?.metadata;
  t.strictSame(metadata?.labels, { team: 'shop', 'latchkey.dev/adopted': 'eso' });
  t.strictSame(metadata?.annotations, { note: 'kept' });
  t.strictSame(metadata?.['ownerReferences'], [other, owner]);
});

t.test('a Secret of an orphaning definition belongs to nobody', async (t) => {
  const kubernetes = await cluster(t);
  kubernetes.custom.put(EXTERNAL_SECRET_ESO, AT, {
    rest: { spec: { target: { creationPolicy: 'Orphan' } } },
  });
  putSecret(kubernetes, { ownerReferences: [KES_OWNER] });

  const { out } = await takeOver(kubernetes, '--yes');

  t.match(out, 'becomes nobody');
  t.strictSame(secretOf(kubernetes)?.metadata['ownerReferences'], []);
});

t.test('of two definitions one has to be named', async (t) => {
  const kubernetes = await cluster(t);
  putSecret(kubernetes, {});
  kubernetes.custom.put(EXTERNAL_SECRET_KES, AT, { rest: { spec: {} } });
  kubernetes.custom.put(EXTERNAL_SECRET_ESO, AT, { rest: { spec: {} } });

  const unsaid = await takeOver(kubernetes);
  const said = await takeOver(kubernetes, '--definition', 'eso', '--yes');

  t.match(unsaid.ending, { code: 'LK-OWNER', remedy: /--definition kes or --definition eso/ });
  t.equal(said.ending, 0);
  t.equal(secretOf(kubernetes)?.metadata.labels?.['latchkey.dev/adopted'], 'eso');
});

t.test('a controller that still runs keeps its Secret', async (t) => {
  const kubernetes = await cluster(t);
  putSecret(kubernetes, { ownerReferences: [KES_OWNER] });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, AT, { uid: 'uid-kes', rest: { spec: {} } });
  const labels = { 'app.kubernetes.io/name': 'kubernetes-external-secrets' };
  const put = (replicas: number) =>
    kubernetes.put(
      'apps/v1',
      'Deployment',
      { namespace: 'kes', name: 'kes' },
      { labels, rest: { status: { replicas } } },
    );

  put(1);
  const running = await takeOver(kubernetes, '--yes');
  const forced = await takeOver(kubernetes, '--force');
  put(0);
  const stopped = await takeOver(kubernetes, '--yes');

  t.match(running.ending, { code: 'LK-OWNER', message: /deployment kes\/kes/, remedy: /Scale it to 0/ });
  t.match(forced.out, 'although the other controller still runs: deployment kes/kes');
  t.equal(stopped.ending, 0);
});

t.test('who may not look for controllers is told so', async (t) => {
  const kubernetes = await cluster(t);
  putSecret(kubernetes, { ownerReferences: [KES_OWNER] });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, AT, { uid: 'uid-kes', rest: { spec: {} } });
  const body = {
    kind: 'Status',
    reason: 'Forbidden',
    message: 'deployments.apps is forbidden: User "jane" cannot list',
  };
  kubernetes.fault('GET /apis/apps/v1/deployments', { kind: 'answer', status: 403, body });

  const { ending, out } = await takeOver(kubernetes);

  t.equal(ending, 0);
  t.match(out, 'whether the other controller still runs is not known');
});

const REFUSED: readonly (readonly [
  what: string,
  prepare: (kubernetes: KubernetesDouble) => void,
  expected: object,
])[] = [
  ['a Secret that does not exist', () => {}, { code: 'LK-KUBERNETES', message: /does not exist/ }],
  [
    'a Secret that no definition makes',
    (kubernetes) => putSecret(kubernetes, {}),
    { code: 'LK-NO-DEFINITION' },
  ],
  [
    "somebody else's Secret",
    (kubernetes) => {
      kubernetes.custom.put(EXTERNAL_SECRET_KES, AT, { rest: { spec: {} } });
      putSecret(kubernetes, {
        ownerReferences: [{ ...KES_OWNER, apiVersion: 'cert-manager.io/v1', kind: 'Certificate' }],
      });
    },
    { code: 'LK-OWNER', message: /Certificate\.cert-manager\.io "db"/ },
  ],
  [
    'a Secret that is being deleted',
    (kubernetes) => {
      kubernetes.custom.put(EXTERNAL_SECRET_KES, AT, { rest: { spec: {} } });
      putSecret(kubernetes, { deletionTimestamp: '2026-11-20T00:00:00Z' });
    },
    { code: 'LK-OWNER', message: /being deleted/ },
  ],
];

for (const [what, prepare, expected] of REFUSED) {
  t.test(`${what} is not taken over`, async (t) => {
    const kubernetes = await cluster(t);
    prepare(kubernetes);

    const { ending } = await takeOver(kubernetes, '--yes');

    t.match(ending, expected);
  });
}

t.test('a write in between is not overwritten', async (t) => {
  const kubernetes = await cluster(t);
  putSecret(kubernetes, { ownerReferences: [KES_OWNER] });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, AT, { uid: 'uid-kes', rest: { spec: {} } });
  kubernetes.before('PUT /api/v1/namespaces/shop/secrets/db', () => {
    Object.assign(secretOf(kubernetes)?.metadata ?? {}, { resourceVersion: '999999' });
  });

  const { ending } = await takeOver(kubernetes, '--yes');

  t.match(ending, { code: 'LK-KUBERNETES', message: /somebody changed the Secret/ });
});

t.test('wrong use is said to be', async (t) => {
  const context = {
    env: {},
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: new AbortController().signal,
  };

  for (const args of [
    [],
    ['db'],
    ['a/b/c'],
    ['shop/'],
    ['shop/db', 'more'],
    ['shop/db', '--definition', 'asm'],
  ]) {
    await t.rejects(run({ ...context, args }), UsageError, args.join(' '));
  }
});
