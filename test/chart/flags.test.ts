// What the chart passes is what the program takes: read by the program's own parser.

import t from 'tap';

import { readControllerConfig } from '../../src/config/controller-config.ts';
import { commandHelp } from '../../src/config/help.ts';
import { readServeConfig } from '../../src/config/serve-config.ts';
import { readSweepConfig } from '../../src/config/sweep-config.ts';
import { installationKey } from '../../src/controller/installation-key.ts';
import type { StoredSecret } from '../../src/kubernetes/controller-api.ts';
import type { Content } from '../../src/tls/stored-authorities.ts';
import { writeServing } from '../../src/tls/stored-serving.ts';
import { flagNames } from '../support/pages.ts';
import { containerOf, flagsOf, render, type Manifest, variablesOf } from './render.ts';

const POLICY = { version: 1, rules: [] };
const EMPTY: StoredSecret = {
  namespace: 'latchkey',
  name: 'latchkey-key',
  uid: '1',
  resourceVersion: '1',
  labels: {},
  annotations: {},
  type: 'Opaque',
  immutable: false,
  data: new Map(),
  metadata: {},
};
/** Each value that becomes a flag is set in one of these. */
const INSTALLATIONS: readonly (readonly [name: string, values: object])[] = [
  ['the defaults', {}],
  [
    'everything that can be said about AWS, policy and limits',
    {
      aws: {
        region: 'eu-central-1',
        endpointUrl: 'http://localhost:5000',
        cacheTtl: '1m',
        maxStale: '0s',
        dryRunOffline: true,
      },
      clusterName: 'prod-1',
      identity: { mode: 'controller' },
      policy: { content: POLICY },
      skipContainers: ['a', 'b'],
      fetch: { resources: 'cpu=100m,memory=128Mi', deadline: '2m' },
      serve: { concurrency: 10, namespaceConcurrency: 5, maxBody: '4Mi', logLevel: 'debug' },
    },
  ],
  ['no container skipped', { skipContainers: [] }],
  [
    'plaintext behind client certificates',
    { delivery: { allowPlaintext: true }, callerAuth: { mode: 'client-cert', clientCAConfigMap: 'ca' } },
  ],
  ['no policies and no look whether there are', { leastPower: { enabled: false, tokenCheck: false } }],
  [
    'sealed values',
    {
      sealing: {
        keyNamespaces: ['kube-system', 'keys'],
        allowClusterWide: true,
        ownKeys: { enabled: true, renewal: '24h' },
      },
    },
  ],
  ['a store file', { serve: { insecureStoreFileSecret: 'store' } }],
];

for (const [name, values] of INSTALLATIONS) {
  t.test(`serve takes what the chart passes: ${name}`, async (t) => {
    const deployment = render(values).get('Deployment/latchkey-serve');
    const [command, ...args] = containerOf(deployment).args as readonly string[];
    const env = { ...variablesOf(deployment), KUBERNETES_SERVICE_HOST: '10.0.0.1' };

    const config = readServeConfig(args, env);

    t.equal(command, 'serve');
    t.equal(config.kubernetes.kind, 'in-cluster');
    t.equal(config.fetchImage, 'latchkey:0.1.0');
    t.same(
      Object.keys(flagsOf(deployment)).filter((flag) => !flagNames(commandHelp('serve')).includes(flag)),
      [],
    );
  });

  t.test(`every file that a flag of serve names is mounted: ${name}`, async (t) => {
    const deployment = render(values).get('Deployment/latchkey-serve');
    const mounted: readonly string[] = containerOf(deployment).volumeMounts.map(
      ({ mountPath }: Manifest) => `${String(mountPath)}/`,
    );
    const files = [...Object.values(flagsOf(deployment)), ...Object.values(variablesOf(deployment))].filter(
      (value): value is string => typeof value === 'string' && value.startsWith('/'),
    );

    t.not(files.length, 0);
    for (const file of files)
      t.ok(
        mounted.some((folder) => file.startsWith(folder)),
        file,
      );
  });
}

t.test('serve takes the proxy of the chart', async (t) => {
  const values = { proxy: { https: 'http://proxy.example:3128', none: '.svc' } };
  const deployment = render(values).get('Deployment/latchkey-serve');
  const [, ...args] = containerOf(deployment).args as readonly string[];

  const { proxy } = readServeConfig(args, variablesOf(deployment));

  t.same(proxy, { HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: '.svc' });
});

t.test('the defaults of the chart are those of the program', async (t) => {
  const deployment = render().get('Deployment/latchkey-serve');
  const files = ['--tls-cert=/c', '--tls-key=/k', '--key-file=/i'];
  const [, ...args] = containerOf(deployment).args as readonly string[];

  const { tlsCert, tlsKey, keyFile, ...chart } = readServeConfig(args, variablesOf(deployment));
  const { tlsCert: c, tlsKey: k, keyFile: i, ...program } = readServeConfig(files, {});

  t.same([c, k, i], ['/c', '/k', '/i']);
  t.same(
    [tlsCert, tlsKey, keyFile].map((file) => file?.startsWith('/etc/latchkey/')),
    [true, true, true],
  );
  t.same(chart, program);
});

const CONTROLLERS: readonly (readonly [name: string, values: object])[] = [
  ['the defaults', {}],
  ['certificates of cert-manager', { tls: { mode: 'cert-manager' } }],
  ['a list of namespaces', { namespaces: ['shop', 'billing'] }],
  ['no sweeping', { controller: { sweepAfter: '0s' } }],
];

for (const [name, values] of CONTROLLERS) {
  t.test(`controller takes what the chart passes, and names what the chart makes: ${name}`, async (t) => {
    const manifests = render(values);
    const deployment = manifests.get('Deployment/latchkey-controller');
    const [command, ...args] = containerOf(deployment).args as readonly string[];

    const { certificates, keySecret, namespace, lease, sweep } = readControllerConfig(args, {});

    t.equal(command, 'controller');
    t.equal(namespace, 'latchkey');
    t.ok(manifests.names.includes(`Secret/${keySecret}`));
    t.match(JSON.stringify(manifests.get('Role/latchkey-controller').rules), `"${lease}"`);
    const sweeps = manifests.text.includes('# Managed Secrets: found by label');
    t.equal(sweep !== undefined, sweeps, 'rights to sweep');
    const builtin = manifests.names.includes('Secret/latchkey-ca');
    t.equal(certificates !== undefined, builtin, 'Secrets to fill');
    if (certificates === undefined) return;
    for (const secret of [certificates.caSecret, certificates.tlsSecret]) {
      t.ok(manifests.names.includes(`Secret/${secret}`));
    }
    t.ok(manifests.names.includes(`Service/${certificates.service}`));
    for (const registration of certificates.registrations) {
      t.ok(manifests.names.includes(`MutatingWebhookConfiguration/${registration}`));
      t.ok(manifests.names.includes(`ValidatingWebhookConfiguration/${registration}`));
    }
  });
}

t.test('controller sweeps the namespaces of the list', async (t) => {
  const deployment = render({ namespaces: ['shop', 'billing'] }).get('Deployment/latchkey-controller');
  const [, ...args] = containerOf(deployment).args as readonly string[];

  t.same(readControllerConfig(args, {}).sweep?.namespaces, ['billing', 'shop']);
});

t.test('before an uninstall, the account of the controller sweeps what the controller sweeps', async (t) => {
  const manifests = render({ namespaces: ['shop', 'billing'], aws: { cacheTtl: '1m' } });
  const job = manifests.get('Job/latchkey-uninstall');
  const [command, ...args] = containerOf(job).args as readonly string[];

  t.equal(command, 'sweep');
  t.match(readSweepConfig(args, {}), {
    namespace: 'latchkey',
    keySecret: 'latchkey-key',
    namespaces: ['billing', 'shop'],
    excluded: ['kube-system', 'kube-node-lease', 'latchkey', 'kube-public'],
    cacheTtlMs: 60_000,
  });
  t.equal(job.metadata.annotations['helm.sh/hook'], 'pre-delete');
  t.equal(job.spec.template.spec.serviceAccountName, 'latchkey-controller');
});

for (const controller of [{ sweepAfter: '0s' }, { sweepOnUninstall: false }]) {
  t.test(`without ${Object.keys(controller).join('')} there is no such job`, async (t) => {
    t.notMatch(render({ controller }).text, 'helm.sh/hook');
  });
}

t.test('controller sweeps nothing where the policy lets nobody make Secrets', async (t) => {
  const manifests = render({ excludedNamespaces: ['monitoring'] });
  const [, ...args] = containerOf(manifests.get('Deployment/latchkey-controller')).args as readonly string[];
  const { validations } = manifests.get('ValidatingAdmissionPolicy/latchkey-secrets').spec;
  const { expression } = validations.find(({ message }: Manifest) => /system namespaces/.test(message));

  const [, list = ''] = /request\.namespace in \[(.*)\]/.exec(expression) ?? [];
  const forbidden = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name);

  t.ok(forbidden.includes('monitoring'));
  t.same(readControllerConfig(args, {}).sweep?.excluded, forbidden);
});

t.test('serve mounts the keys that the controller fills the Secrets with', async (t) => {
  const { volumes } = render().get('Deployment/latchkey-serve').spec.template.spec;
  const keys = (written: Iterable<string>) => [...written].toSorted();

  const pair = writeServing(new Map(), { cert: 'c', key: 'k' });
  const api = { secret: async () => EMPTY, updateSecret: async (_: unknown, data: Content) => noted(data) };
  let key: Content = new Map();
  function noted(data: Content): 'done' {
    key = data;
    return 'done';
  }
  await installationKey(api, { namespace: 'latchkey', name: 'latchkey-key' }, new AbortController().signal);

  t.same(volumes[0].secret.items.map((item: Manifest) => item.key).toSorted(), keys(pair.keys()));
  t.same(volumes[1].secret.items.map((item: Manifest) => item.key).toSorted(), keys(key.keys()));
});
