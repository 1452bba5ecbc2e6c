// What `render --live` prints of a workload whose volumes the Secrets Store CSI driver would fill.

import t, { type Test } from 'tap';
import { parseAllDocuments } from 'yaml';

import * as render from '../../../src/commands/render.ts';
import { volumeOf } from '../../support/class-volumes.ts';
import { SECRET_PROVIDER_CLASS } from '../../support/kubernetes-double-custom.ts';
import { startKubernetesDouble, type KubernetesDouble } from '../../support/kubernetes-double.ts';
import { runCommand } from '../../support/run-command.ts';

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

const DB = '- { objectName: shop/db, objectType: secretsmanager, objectAlias: db }';
const SECRET = `latchkey-shop-${'1'.repeat(64)}`;

async function startCluster(t: Test, labels: Json = { 'latchkey.dev/adoption': 'enabled' }) {
  const kubernetes = await startKubernetesDouble({
    adoption: true,
    served: { [SECRET_PROVIDER_CLASS.group]: ['v1'] },
  });
  t.teardown(() => kubernetes.close());
  kubernetes.addNamespace('shop', { labels });
  kubernetes.addServiceAccount('shop', 'app');
  return kubernetes;
}

function provide(kubernetes: KubernetesDouble, spec: Json = {}): void {
  const rest = { spec: { provider: 'aws', parameters: { objects: DB, region: 'eu-west-1' }, ...spec } };
  kubernetes.custom.put(SECRET_PROVIDER_CLASS, { namespace: 'shop', name: 'db' }, { rest });
}

function mount(kubernetes: KubernetesDouble, annotations: Json = {}): void {
  const volumeMounts = [{ name: 'files', mountPath: '/mnt', readOnly: true }];
  const template = {
    metadata: { labels: { app: 'shop' }, annotations },
    spec: {
      serviceAccountName: 'app',
      securityContext: { fsGroup: 2000 },
      volumes: [volumeOf('db', 'files')],
      containers: [{ name: 'app', image: 'app:1', volumeMounts }],
    },
  };
  const spec = { selector: { matchLabels: { app: 'shop' } }, template };
  kubernetes.addOwner('StatefulSet', 'shop', 'shop', { rest: { spec } });
}

/** A pod whose volume was filled of this class by way of a managed Secret. */
function running(kubernetes: KubernetesDouble, className: string): void {
  const volumes = JSON.stringify({ volumes: [{ volume: 'files', className }] });
  const items = [{ key: 'file.files_2fdb', path: 'db', mode: 0o644 }];
  kubernetes.addPod('shop', {
    metadata: {
      name: 'shop-0',
      labels: { app: 'shop' },
      annotations: { 'latchkey.dev/delivery': 'secret', 'latchkey.dev/volumes': volumes },
    },
    spec: {
      serviceAccountName: 'app',
      volumes: [{ name: 'files', secret: { secretName: SECRET, items } }],
      containers: [{ name: 'app', image: 'app:1' }],
    },
  });
}

async function live(kubernetes: KubernetesDouble, ...args: readonly string[]) {
  const at = ['--kubeconfig', kubernetes.kubeconfig, '-n', 'shop', '--region', 'eu-west-1'];
  const result = await runCommand(render, [...at, '--live', 'sts/shop', ...args]);
  const manifests: readonly Json[] = parseAllDocuments(result.stdout).map((document) => document.toJS());
  return { ...result, manifests, pod: manifests.at(-1)?.spec?.template };
}

t.test('it brings what fills the volume, and opts out', async (t) => {
  const kubernetes = await startCluster(t);
  provide(kubernetes);
  mount(kubernetes);

  const { code, pod, stderr } = await live(kubernetes, '--fetch-image', 'registry.example/latchkey:1');

  t.equal(code, 0, stderr);
  t.match(pod.spec.volumes[0], { name: 'files', emptyDir: { medium: 'Memory' } });
  t.match(pod.spec.initContainers, [{ name: 'latchkey-volumes', image: 'registry.example/latchkey:1' }]);
  t.equal(pod.metadata.labels['latchkey.dev/injection'], 'disabled');
});

t.test('with delivery secret it mounts the Secret that a running pod carries', async (t) => {
  const kubernetes = await startCluster(t);
  provide(kubernetes);
  mount(kubernetes, { 'latchkey.dev/delivery': 'secret' });
  running(kubernetes, 'db');

  const { code, pod, stderr } = await live(kubernetes);

  t.equal(code, 0, stderr);
  t.match(pod.spec.volumes[0], { name: 'files', secret: { secretName: SECRET } });
  t.match(stderr, 'it has the values of pod shop-0');
});

t.test('a Secret that was made of another class is not taken, whatever its files are called', async (t) => {
  const kubernetes = await startCluster(t);
  provide(kubernetes);
  mount(kubernetes, { 'latchkey.dev/delivery': 'secret' });
  running(kubernetes, 'other');

  const { code, stderr } = await live(kubernetes);

  t.equal(code, 1);
  t.match(stderr, 'none of its running pods carries just what it asks for');
});

t.test('a class that is wrong refuses it, and one of another provider is left to the driver', async (t) => {
  const wrong = await startCluster(t);
  provide(wrong, { parameters: { objects: '- { objectName: ../db }' } });
  mount(wrong);
  const other = await startCluster(t);
  provide(other, { provider: 'vault' });
  mount(other);

  const refused = await live(wrong);
  const left = await live(other);

  t.equal(refused.code, 1);
  t.match(refused.stderr, /refused: .*LK-/);
  t.equal(left.code, 0);
  t.match(left.stderr, 'unchanged: ');
});

t.test('without the label of the namespace the driver fills the volume', async (t) => {
  const kubernetes = await startCluster(t, {});
  provide(kubernetes);
  mount(kubernetes);

  const { code, stderr } = await live(kubernetes);

  t.equal(code, 0);
  t.match(stderr, 'unchanged: ');
});
