// Sealing keys: who may read them where.

import t from 'tap';

import { readServeConfig } from '../../src/config/serve-config.ts';
import { containerOf, render, type Manifest } from './render.ts';

function sealingRoles(values: object): readonly Manifest[] {
  return render(values).all.filter(({ metadata }) => metadata.name === 'latchkey-serve-sealing-keys');
}

t.test('without namespaces of keys nobody may read a Secret', async (t) => {
  t.same(sealingRoles({}), []);
});

t.test('the webhook may read the Secrets of the namespaces that are named, and of no other', async (t) => {
  const objects = sealingRoles({ sealing: { keyNamespaces: ['kube-system', 'keys'] } });
  const roles = objects.filter(({ kind }) => kind === 'Role');
  const bindings = objects.filter(({ kind }) => kind === 'RoleBinding');

  for (const found of [roles, bindings])
    t.same(
      found.map(({ metadata }) => metadata.namespace),
      ['kube-system', 'keys'],
    );
  for (const { rules } of roles)
    t.same(rules, [{ apiGroups: [''], resources: ['secrets'], verbs: ['list', 'watch'] }]);
  for (const { subjects } of bindings)
    t.match(subjects, [{ kind: 'ServiceAccount', name: 'latchkey-serve' }]);
});

t.test('cluster-wide references without keys are a mistake', async (t) => {
  t.throws(() => render({ sealing: { allowClusterWide: true } }), /needs sealing\.keyNamespaces/);
});

t.test(
  'with keys of its own, the controller may make them, and the webhook reads its own namespace too',
  async (t) => {
    const manifests = render({ sealing: { ownKeys: { enabled: true } } });
    const { rules } = manifests.get('Role/latchkey-controller');
    const [, ...args] = containerOf(manifests.get('Deployment/latchkey-serve')).args as readonly string[];

    t.match(rules, [{}, {}, { resources: ['secrets'], verbs: ['list', 'create'] }]);
    t.same(readServeConfig(args, {}).sealing, { keyNamespaces: ['latchkey'], clusterWideAllowed: false });
    t.match(manifests.get('ValidatingAdmissionPolicy/latchkey-secrets').spec.variables, [
      {},
      { name: 'makesSealingKey' },
    ]);
  },
);

t.test(
  'everybody who is known to the cluster may fetch the certificate, or only whom the operator names',
  async (t) => {
    const sealing = { keyNamespaces: ['kube-system'] };
    const all = render({ sealing });
    const some = render({ sealing: { ...sealing, sealers: ['developers'] } });
    const none = render({ sealing: { ...sealing, sealers: [] } });

    t.match(all.get('RoleBinding/latchkey-sealing').subjects, [
      { kind: 'Group', name: 'system:authenticated' },
    ]);
    t.match(some.get('RoleBinding/latchkey-sealing').subjects, [{ kind: 'Group', name: 'developers' }]);
    t.same(all.get('Role/latchkey-sealing').rules, [
      { apiGroups: [''], resources: ['services'], resourceNames: ['latchkey-sealing'], verbs: ['get'] },
      {
        apiGroups: [''],
        resources: ['services/proxy'],
        resourceNames: ['http:latchkey-sealing:http'],
        verbs: ['get', 'create'],
      },
    ]);
    t.notOk(
      none.all.some(({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === 'latchkey-sealing'),
    );
  },
);
