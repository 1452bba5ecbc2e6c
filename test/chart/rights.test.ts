// What the chart grants is what the pages say that is asked of the API server.

import t from 'tap';

import { page, rows, section } from '../support/pages.ts';
import { render, type Manifest, type Manifests } from './render.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** `verb resource`, one for each pair. */
function rightsOf(rules: readonly Rule[]): readonly string[] {
  return rules
    .flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    )
    .toSorted();
}

/** The table of rights on the page about installing, below this heading. */
function documented(heading: string): readonly string[] {
  return rows(section(page('docs/install.md'), heading))
    .slice(2)
    .flatMap(([verbs = '', resources = '']) =>
      [...resources.matchAll(/`([^`]+)`/g)].flatMap(([, resource = '']) =>
        verbs.split(', ').map((verb) => `${verb} ${resource}`),
      ),
    )
    .toSorted();
}

function allRules(manifests: Manifests, name: string): readonly Rule[] {
  return manifests.all
    .filter(({ kind, metadata }) => /^(Cluster)?Role$/.test(String(kind)) && metadata.name === name)
    .flatMap(({ rules }: Manifest) => rules as readonly Rule[]);
}

for (const name of ['serve', 'controller']) {
  t.test(`${name} may do what docs/install.md says, and nothing else`, async (t) => {
    t.same([...new Set(rightsOf(allRules(render(), `latchkey-${name}`)))].toSorted(), [
      ...new Set(documented(`### Rights of ${name}`)),
    ]);
  });
}

t.test('nothing is granted by wildcard', async (t) => {
  for (const values of [{}, { namespaces: ['shop'] }]) {
    for (const { rules = [] } of render(values).all.filter(({ kind }) => String(kind).endsWith('Role'))) {
      t.notMatch(JSON.stringify(rules), '"*"');
    }
  }
});

t.test('serve can neither read, change nor delete a Secret', async (t) => {
  const rights = rightsOf(allRules(render(), 'latchkey-serve'));

  t.same(
    rights.filter((right) => right.endsWith(' secrets')),
    ['create secrets'],
  );
});

t.test('writing registrations, leases and our own Secrets is limited by name', async (t) => {
  const rules = allRules(render(), 'latchkey-controller');
  const writes = rules.filter(({ verbs }) => verbs.includes('update') || verbs.includes('patch'));

  t.not(writes.length, 0);
  for (const { resourceNames = [] } of writes) t.not(resourceNames.length, 0);
});

t.test('a list of namespaces takes away the right to list nodes, and no other', async (t) => {
  const everywhere = rightsOf(allRules(render(), 'latchkey-serve'));
  const listed = rightsOf(allRules(render({ namespaces: ['shop'] }), 'latchkey-serve'));

  t.same(
    everywhere.filter((right) => !listed.includes(right)),
    ['list nodes'],
  );
  t.same(
    listed.filter((right) => !everywhere.includes(right)),
    [],
  );
});

t.test(
  'with a list of namespaces serve may still ask for a token of its own, so that a policy can refuse it',
  async (t) => {
    const ownRoles = (values: object) =>
      render(values).all.filter(
        ({ kind, metadata }) =>
          kind === 'Role' && metadata.name === 'latchkey-serve' && metadata.namespace === 'latchkey',
      );
    const namespaces = ['shop'];

    const [role, ...others] = ownRoles({ namespaces });

    t.same(others, []);
    t.same(role.rules, [
      {
        apiGroups: [''],
        resources: ['serviceaccounts/token'],
        resourceNames: ['latchkey-serve'],
        verbs: ['create'],
      },
    ]);
    t.same(ownRoles({ namespaces, leastPower: { tokenCheck: false } }), []);
    const identity = { mode: 'controller' };
    t.same(ownRoles({ namespaces, identity, policy: { existingConfigMap: 'p' } }), []);
  },
);

t.test('each service account is bound to the roles of its own name', async (t) => {
  for (const manifest of render({ namespaces: ['shop'] }).all.filter(({ kind }) =>
    String(kind).endsWith('RoleBinding'),
  )) {
    t.equal(manifest.roleRef.name, manifest.metadata.name);
    t.same(manifest.subjects, [
      { kind: 'ServiceAccount', name: manifest.metadata.name, namespace: 'latchkey' },
    ]);
  }
});
