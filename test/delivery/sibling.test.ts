import t from 'tap';
import { secretIdentity, secretName } from '../../src/delivery/secret-name.ts';
import { siblingDelivery } from '../../src/delivery/sibling.ts';
import type { Item, Plan, Slot } from '../../src/request/plan.ts';
import { dataKey } from '../../src/request/slot.ts';

const KEY = new Uint8Array(32).fill(1);
const SCOPE = {
  namespace: 'shop',
  serviceAccount: 'app',
  serviceAccountUid: 'uid',
  roleChain: [],
  regions: ['eu-central-1'],
  revision: 'r',
  planHash: 'p',
};
const H1 = secretIdentity(KEY, SCOPE);
const NAME = secretName(KEY, { owner: 'app', h1: H1, filled: [] });
const FOREIGN = secretName(KEY, {
  owner: 'app',
  h1: secretIdentity(KEY, { ...SCOPE, revision: 'other' }),
  filled: [],
});
const LONG_PATH = `${'d/'.repeat(120)}x`;

function item(slot: Slot, optional?: true): Item {
  const source = { text: 'ssm:/a', address: { store: 'ssm', region: 'eu-central-1', name: '/a' } } as const;
  return {
    slot,
    template: [optional === undefined ? source : { ...source, optional }],
    place: { label: 'l', field: 'f' },
  };
}

function planOf(...items: readonly Item[]): Plan {
  return {
    delivery: 'secret',
    items,
    bulks: [],
    inPlace: [],
    targets: ['app'],
    mountPath: '/m',
    fileMode: 0o444,
    preflight: 'warn',
  };
}

interface PodParts {
  readonly created?: string;
  readonly deleted?: string;
  readonly name?: string;
  readonly keys?: readonly string[];
  readonly files?: readonly { readonly key: string; readonly path: string }[];
}

function pod({
  created = '2026-01-01T00:00:00Z',
  deleted,
  name = NAME,
  keys = [],
  files = [],
}: PodParts): unknown {
  const env = keys.map((key) => ({ name: 'X', valueFrom: { secretKeyRef: { name, key } } }));
  return {
    metadata: {
      creationTimestamp: created,
      ...(deleted === undefined ? {} : { deletionTimestamp: deleted }),
    },
    spec: {
      containers: [{ name: 'app', env }],
      volumes: [{ name: 'latchkey-files', secret: { secretName: name, items: files } }],
    },
  };
}

t.test("a sibling's Secret is found with every slot that it carries", async (t) => {
  const file = { kind: 'file', path: 'tls.key', mode: 0o440 } as const;
  const plan = planOf(item({ kind: 'env', name: 'A' }), item(file));
  const sibling = pod({ keys: ['env.A', 'env.MEMBER'], files: [{ key: dataKey(file), path: 'tls.key' }] });

  const found = siblingDelivery([sibling], H1, plan);

  t.same(found, {
    secretName: NAME,
    slots: [{ kind: 'env', name: 'A' }, { kind: 'env', name: 'MEMBER' }, file],
  });
});

t.test('a file whose key is only a hash is known by its path in the volume', async (t) => {
  const slot = { kind: 'file', path: LONG_PATH } as const;

  const found = siblingDelivery([pod({ files: [{ key: dataKey(slot), path: LONG_PATH }] })], H1, planOf());

  t.same(found?.slots, [slot]);
});

t.test('a key whose path is another one is left out', async (t) => {
  const slot = { kind: 'file', path: LONG_PATH } as const;

  const found = siblingDelivery(
    [pod({ keys: ['env.A'], files: [{ key: dataKey(slot), path: 'other' }] })],
    H1,
    planOf(),
  );

  t.same(found?.slots, [{ kind: 'env', name: 'A' }]);
});

t.test('of several siblings the newest that is not being deleted serves', async (t) => {
  const names = ['1', '2', '3'].map((owner) => secretName(KEY, { owner, h1: H1, filled: [] }));
  const pods = [
    pod({ created: '2026-01-01T00:00:00Z', name: names[0] ?? '', keys: ['env.A'] }),
    pod({
      created: '2026-01-03T00:00:00Z',
      deleted: '2026-01-04T00:00:00Z',
      name: names[2] ?? '',
      keys: ['env.A'],
    }),
    pod({ created: '2026-01-02T00:00:00Z', name: names[1] ?? '', keys: ['env.A'] }),
  ];

  const found = siblingDelivery(pods, H1, planOf(item({ kind: 'env', name: 'A' })));

  t.equal(found?.secretName, names[1]);
});

t.test('a sibling of another identity or revision does not serve', async (t) => {
  t.equal(siblingDelivery([pod({ name: FOREIGN, keys: ['env.A'] })], H1, planOf()), undefined);
});

t.test('a sibling that lacks what the plan requires does not serve', async (t) => {
  const plan = planOf(item({ kind: 'env', name: 'A' }), item({ kind: 'env', name: 'B' }));

  t.equal(siblingDelivery([pod({ keys: ['env.A'] })], H1, plan), undefined);
});

t.test('a sibling that lacks something optional serves', async (t) => {
  const plan = planOf(item({ kind: 'env', name: 'A' }), item({ kind: 'env', name: 'B' }, true));

  t.same(siblingDelivery([pod({ keys: ['env.A'] })], H1, plan)?.slots, [{ kind: 'env', name: 'A' }]);
});

t.test('an optional reference to a key that may be missing is no proof of a value', async (t) => {
  const env = [{ name: 'X', valueFrom: { secretKeyRef: { name: NAME, key: 'env.A', optional: true } } }];

  const found = siblingDelivery(
    [{ metadata: {}, spec: { containers: [{ name: 'app', env }] } }],
    H1,
    planOf(),
  );

  t.equal(found, undefined);
});

const NO_PODS = [
  null,
  1,
  'x',
  [],
  {},
  { spec: null },
  { spec: { containers: {} } },
  { spec: { containers: [null, { env: 'x' }] } },
  { metadata: null, spec: { volumes: [{ name: 'latchkey-files' }] } },
];

for (const value of NO_PODS) {
  t.test(`${JSON.stringify(value)} is no sibling and no crash`, async (t) => {
    t.equal(siblingDelivery([value], H1, planOf()), undefined);
  });
}
