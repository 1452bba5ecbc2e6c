// Secrets without pods: switched off, nothing of it is there; switched on, the controller may do exactly what it needs.

import t from 'tap';

import { readControllerConfig } from '../../src/config/controller-config.ts';
import { page, rows, section } from '../support/pages.ts';
import { containerOf, render, template, type Manifest, type Manifests } from './render.ts';

const OFF = { adoption: { enabled: true } };
const ON = { adoption: { enabled: true, materialize: { enabled: true } } };
const CONTROLLER = 'latchkey-controller';

function rolesOf(manifests: Manifests, name = CONTROLLER): readonly Manifest[] {
  return manifests.all.filter(
    ({ kind, metadata }) => /^(Cluster)?Role$/.test(String(kind)) && metadata.name === name,
  );
}

function rightsOf(manifests: Manifests): readonly string[] {
  const rights = rolesOf(manifests).flatMap(({ rules }) =>
    rules.flatMap(({ resources, verbs }: Manifest) =>
      resources.flatMap((resource: string) => verbs.map((verb: string) => `${verb} ${resource}`)),
    ),
  );
  return [...new Set<string>(rights)].toSorted();
}

function argsOf(manifests: Manifests): readonly string[] {
  const [, ...args] = containerOf(manifests.get(`Deployment/${CONTROLLER}`)).args as readonly string[];
  return args;
}

t.test('off by default: no flag, no right, no exception in a policy', async (t) => {
  const manifests = render(OFF);
  const { variables } = manifests.get('ValidatingAdmissionPolicy/latchkey-secrets').spec;

  t.notOk('materialize' in readControllerConfig(argsOf(manifests), {}));
  t.notMatch(JSON.stringify(rolesOf(manifests)), /externalsecrets|sealedsecrets|tokens?"/);
  t.notMatch(variables.find(({ name }: Manifest) => name === 'adopts').expression, CONTROLLER);
});

t.test(
  'switched on, the controller may do what docs/install.md says besides, and nothing else',
  async (t) => {
    const sweepless = { controller: { sweepAfter: '0s' } };
    const before = rightsOf(render({ ...sweepless, ...OFF }));
    const documented = rows(section(page('docs/install.md'), '### Rights with materialize'))
      .slice(2)
      .flatMap(([verbs = '', resources = '']) =>
        [...resources.matchAll(/`([^`]+)`/g)].flatMap(([, resource = '']) =>
          verbs.split(', ').map((verb) => `${verb} ${resource}`),
        ),
      );

    const after = rightsOf(render({ ...sweepless, ...ON }));

    t.same(
      after.filter((right) => !before.includes(right)),
      documented.filter((right) => !before.includes(right)).toSorted(),
    );
  },
);

t.test('with a list of namespaces there are only Roles, also where nothing is swept', async (t) => {
  const values = {
    ...ON,
    namespaces: ['shop', 'billing'],
    tls: { mode: 'cert-manager' },
    controller: { sweepAfter: '0s' },
  };
  const manifests = render(values);
  const roles = rolesOf(manifests);

  t.same(roles.map(({ kind, metadata }) => `${String(kind)} ${String(metadata.namespace)}`).toSorted(), [
    'Role billing',
    'Role latchkey',
    'Role shop',
  ]);
  t.notOk(rightsOf(manifests).includes('get clustersecretstores'));
  t.notOk(rightsOf(manifests).includes('list namespaces'));
  t.notOk(rightsOf(manifests).includes('delete secrets'));
  t.same(readControllerConfig(argsOf(manifests), {}).materialize?.namespaces, ['billing', 'shop']);
});

t.test('values become flags that the controller understands, and files that are mounted', async (t) => {
  const manifests = render({
    adoption: {
      enabled: true,
      clusterStores: ['shared'],
      allowStaticKeys: true,
      secretTypes: ['example.com/x'],
      materialize: { enabled: true, every: '10m' },
    },
    identity: { mode: 'controller' },
    policy: { existingConfigMap: 'rules' },
    tokenAudiences: ['a'],
    clusterName: 'prod',
    aws: { region: 'eu-central-1', endpointUrl: 'http://aws.example' },
    sealing: { keyNamespaces: ['kube-system'], ownKeys: { enabled: true } },
    proxy: { https: 'http://proxy.example:3128' },
    extraCA: { existingConfigMap: 'authorities' },
  });
  const { env, volumeMounts } = containerOf(manifests.get(`Deployment/${CONTROLLER}`));
  const { volumes } = manifests.get(`Deployment/${CONTROLLER}`).spec.template.spec;

  t.match(readControllerConfig(argsOf(manifests), {}).materialize, {
    everyMs: 600_000,
    identity: 'controller',
    clusterStores: ['shared'],
    staticKeysAllowed: true,
    allowedSecretTypes: ['example.com/x'],
    tokenAudiences: ['a'],
    clusterName: 'prod',
    region: 'eu-central-1',
    awsEndpointUrl: 'http://aws.example',
    policyFile: '/etc/latchkey/policy/policy.yaml',
    sealing: { keyNamespaces: ['kube-system', 'latchkey'] },
  });
  t.same(
    env.map(({ name }: Manifest) => name),
    ['NODE_EXTRA_CA_CERTS', 'NODE_USE_ENV_PROXY', 'HTTPS_PROXY'],
  );
  t.same(volumeMounts, [
    { name: 'policy', mountPath: '/etc/latchkey/policy', readOnly: true },
    { name: 'extra-ca', mountPath: '/etc/latchkey/extra-ca', readOnly: true },
  ]);
  t.same(volumes, [
    { name: 'policy', configMap: { name: 'rules' } },
    { name: 'extra-ca', configMap: { name: 'authorities' } },
  ]);
});

t.test('without anything to mount the controller has no volumes, and no environment', async (t) => {
  const deployment = render(ON).get(`Deployment/${CONTROLLER}`);

  t.notOk('env' in containerOf(deployment));
  t.notOk('volumeMounts' in containerOf(deployment));
  t.notOk('volumes' in deployment.spec.template.spec);
});

t.test('sealing keys are read where they are, and nowhere without the switch', async (t) => {
  const sealing = { keyNamespaces: ['kube-system'] };
  const rolesIn = (values: object) => rolesOf(render(values), `${CONTROLLER}-sealing-keys`);

  t.same(rolesIn({ ...OFF, sealing }), []);
  t.match(rolesIn({ ...ON, sealing }), [
    { kind: 'Role', metadata: { namespace: 'kube-system' }, rules: [{ verbs: ['list', 'watch'] }] },
  ]);
});

t.test("Latchkey's own role is the controller's too", async (t) => {
  const roleArn = 'arn:aws:iam::111122223333:role/latchkey';
  const identity = { mode: 'controller', roleArn };
  const policy = { existingConfigMap: 'p' };
  const controller = { serviceAccountAnnotations: { a: 'b' } };

  t.same(
    render({ ...ON, identity, policy, controller }).get(`ServiceAccount/${CONTROLLER}`).metadata.annotations,
    { 'eks.amazonaws.com/role-arn': roleArn, a: 'b' },
  );
  t.notOk('annotations' in render({ ...OFF, identity, policy }).get(`ServiceAccount/${CONTROLLER}`).metadata);
});

for (const [what, adoption, message] of [
  ['without adoption', { materialize: { enabled: true } }, /needs adoption\.enabled/],
  ['a value that does not exist', { enabled: true, materialize: { interval: '1h' } }, /interval/],
  ['a time that is none', { enabled: true, materialize: { every: 'hourly' } }, /every/],
] as const) {
  t.test(`${what} is refused`, async (t) => {
    const { code, stderr } = template({ adoption });

    t.not(code, 0);
    t.match(stderr, message);
  });
}
