// Sealing keys: who may read them where.

import t from 'tap';

import { render, type Manifest } from './render.ts';

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
    t.same(rules, [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }]);
  for (const { subjects } of bindings)
    t.match(subjects, [{ kind: 'ServiceAccount', name: 'latchkey-serve' }]);
});

t.test('cluster-wide references without keys are a mistake', async (t) => {
  t.throws(() => render({ sealing: { allowClusterWide: true } }), /needs sealing\.keyNamespaces/);
});
