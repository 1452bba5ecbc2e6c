// Definitions that people already have: switched off, nothing of them is there; switched on, exactly what they need.

import t from 'tap';

import { readServeConfig } from '../../src/config/serve-config.ts';
import { page, rows, section } from '../support/pages.ts';
import { containerOf, render, template, type Manifest, type Manifests } from './render.ts';

const ON = { adoption: { enabled: true } };

function rightsOf(manifests: Manifests): readonly string[] {
  const roles = manifests.all.filter(
    ({ kind, metadata }) => /^(Cluster)?Role$/.test(String(kind)) && metadata.name === 'latchkey-serve',
  );
  const rights = roles.flatMap(({ rules }: Manifest) =>
    rules.flatMap(({ resources, verbs }: Manifest) =>
      resources.flatMap((resource: string) => verbs.map((verb: string) => `${verb} ${resource}`)),
    ),
  );
  return [...new Set<string>(rights)].toSorted();
}

function documented(): readonly string[] {
  return rows(section(page('docs/install.md'), '### Rights with adoption'))
    .slice(2)
    .flatMap(([verbs = '', resources = '']) =>
      [...resources.matchAll(/`([^`]+)`/g)].flatMap(([, resource = '']) =>
        verbs.split(', ').map((verb) => `${verb} ${resource}`),
      ),
    )
    .toSorted();
}

t.test('off by default: no flag, no right, no webhook, no exception in a policy', async (t) => {
  const { text } = render();

  t.notMatch(text, /adopt|externalsecrets|secretstores|configmaps/);
});

t.test('switched on, serve may do what docs/install.md says besides, and nothing else', async (t) => {
  const controller = { identity: { mode: 'controller' }, policy: { existingConfigMap: 'p' } };
  const before = rightsOf(render(controller));
  const after = rightsOf(render({ ...controller, ...ON }));

  t.same(
    after.filter((right) => !before.includes(right)),
    documented(),
  );
});

t.test('with a list of namespaces there are only Roles, and the list is followed', async (t) => {
  const manifests = render({ ...ON, namespaces: ['shop', 'billing'] });
  const [, ...args] = containerOf(manifests.get('Deployment/latchkey-serve')).args as readonly string[];
  const roles = manifests.all.filter(
    ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'latchkey-serve',
  );

  t.same(roles, []);
  t.notOk(rightsOf(manifests).includes('get clustersecretstores'));
  t.same(readServeConfig(args, {}).adoption?.namespaces, ['billing', 'shop']);
});

t.test('values become flags that serve understands', async (t) => {
  const adoption = {
    enabled: true,
    wait: '500ms',
    clusterStores: ['shared', 'platform'],
    allowStaticKeys: true,
    secretTypes: ['kubernetes.io/service-account-token'],
  };
  const [, ...args] = containerOf(render({ adoption }).get('Deployment/latchkey-serve'))
    .args as readonly string[];

  t.same(readServeConfig(args, {}).adoption, {
    waitMs: 500,
    clusterStores: ['shared', 'platform'],
    staticKeysAllowed: true,
    allowedSecretTypes: ['kubernetes.io/service-account-token'],
  });
});

t.test(
  'a second webhook is called for the labelled namespaces, and for no pod that the first is called for',
  async (t) => {
    const { webhooks } = render({
      ...ON,
      webhook: { namespaceSelector: { matchLabels: { team: 'a' } } },
    }).get('MutatingWebhookConfiguration/latchkey');
    const [pods, adoption] = webhooks;
    const asks = pods.matchConditions.find(({ name }: Manifest) => name === 'asks').expression;
    const doesNotAsk = adoption.matchConditions.find(
      ({ name }: Manifest) => name === 'does-not-ask',
    ).expression;
    const squeezed = (text: string) => text.replaceAll(/\s+/g, '');

    t.equal(webhooks.length, 2);
    t.equal(adoption.name, 'adoption.latchkey.dev');
    t.same(adoption.namespaceSelector.matchLabels, { team: 'a' });
    t.same(adoption.namespaceSelector.matchExpressions.slice(0, -1), pods.namespaceSelector.matchExpressions);
    t.same(adoption.namespaceSelector.matchExpressions.at(-1), {
      key: 'latchkey.dev/adoption',
      operator: 'In',
      values: ['enabled', 'materialize'],
    });
    t.equal(squeezed(doesNotAsk), squeezed(`!(${String(asks)})`));
    for (const field of [
      'clientConfig',
      'rules',
      'objectSelector',
      'failurePolicy',
      'sideEffects',
      'timeoutSeconds',
    ]) {
      t.same(adoption[field], pods[field], field);
    }
    t.same(adoption.matchConditions.slice(-2), pods.matchConditions.slice(-2), 'the same opt-outs');
  },
);

t.test('tokens are bounded also where only stores name service accounts', async (t) => {
  const values = { ...ON, identity: { mode: 'controller' }, policy: { existingConfigMap: 'p' } };

  t.ok(render(values).names.includes('ValidatingAdmissionPolicy/latchkey-tokens'));
});

const WRONG: readonly (readonly [what: string, adoption: object, message: RegExp])[] = [
  ['a wait that holds controllers up', { enabled: true, wait: '1m' }, /wait/],
  ['a store with a namespace', { enabled: true, clusterStores: ['a/b'] }, /clusterStores/],
  ['a type with a quote', { enabled: true, secretTypes: ["a'b"] }, /secretTypes/],
  ['a value that does not exist', { enabled: true, stores: [] }, /stores/],
  ['options without the switch', { allowStaticKeys: true }, /need adoption\.enabled/],
];

for (const [what, adoption, message] of WRONG) {
  t.test(`${what} is refused`, async (t) => {
    const { code, stderr } = template({ adoption });

    t.not(code, 0);
    t.match(stderr, message);
  });
}
