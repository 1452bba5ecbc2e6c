import t from 'tap';

import { permit, returnedCheck } from '../../src/policy/permit.ts';
import type { PermitContext } from '../../src/policy/permit-context.ts';
import { parsePolicy } from '../../src/policy/policy-file.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Address, Plan, Source } from '../../src/request/plan.ts';

const ROLE = 'arn:aws:iam::111122223333:role/shop-app';
const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:';

function policyOf(...rules: readonly object[]): Policy {
  const parsed = parsePolicy(JSON.stringify({ version: 1, rules }));
  if ('kind' in parsed) return parsed;
  throw new Error(JSON.stringify(parsed));
}

const context: PermitContext = {
  namespace: 'shop',
  namespaceLabels: { team: 'shop' },
  namespaceAnnotations: {},
  serviceAccount: 'app',
  serviceAccountAnnotations: {},
  roleChain: [ROLE],
  audience: 'sts.amazonaws.com',
  identity: 'pod',
};

function source(store: Address['store'], name: string, more: Partial<Address> = {}): Source {
  return { text: `${store}:${name}`, address: { store, region: 'eu-west-1', name, ...more } };
}

function planOf(sources: readonly Source[], more: Partial<Plan> = {}): Plan {
  return {
    delivery: 'secret',
    items: sources.map((one, index) => ({
      slot: { kind: 'env', name: `V${String(index)}` },
      template: ['x', one],
      place: {
        label: `env V${String(index)}`,
        field: `metadata.annotations[latchkey.dev/env.V${String(index)}]`,
      },
    })),
    bulks: [],
    inPlace: [],
    targets: ['app'],
    mountPath: '/m',
    fileMode: 0o444,
    preflight: 'warn',
    ...more,
  };
}

const everything = { namespaces: { names: ['*'] }, names: ['**'] };

t.test('without a file everything is permitted with the identity of the pod', async (t) => {
  t.same(permit(planOf([source('ssm', '/any')]), context), []);
});

t.test('without a file nothing is permitted with the identity of the webhook', async (t) => {
  const problems = permit(planOf([source('ssm', '/any')]), {
    ...context,
    identity: 'controller',
    roleChain: [],
  });

  t.match(problems, [{ code: 'LK-POLICY', message: /own identity/, remedy: /--policy-file/ }]);
});

t.test('a file that cannot be read refuses everything', async (t) => {
  const policy = { kind: 'unreadable', reason: 'the file is not there' } as const;

  t.match(permit(planOf([source('ssm', '/any')]), { ...context, policy }), [
    { code: 'LK-POLICY', message: /cannot be read: the file is not there/ },
  ]);
});

t.test('a namespace that no rule speaks of is refused', async (t) => {
  const rules = [
    { namespaces: { names: ['other'] }, names: ['**'] },
    { namespaces: { selector: { matchLabels: { team: 'bank' } } }, names: ['**'] },
    {
      namespaces: { names: ['shop'], selector: { matchExpressions: [{ key: 'env', operator: 'Exists' }] } },
      names: ['**'],
    },
  ];

  t.match(permit(planOf([source('ssm', '/any')]), { ...context, policy: policyOf(...rules) }), [
    { code: 'LK-POLICY', message: 'no rule of the operator\'s policy file permits the namespace "shop"' },
  ]);
});

t.test('every reference is checked by its canonical name, each with its own place', async (t) => {
  const policy = policyOf({
    namespaces: { names: ['shop'] },
    names: ['ssm:/shop/**', 'secretsmanager:shop/*'],
  });
  const plan = planOf(
    [
      source('ssm', '/shop/a'),
      source('ssm', '/bank/a'),
      source('ssm', '/aws/reference/secretsmanager/bank'),
      source('ssm', '/aws/reference/secretsmanager/shop/db'),
      source('secretsmanager', `${SECRET_ARN}shop/db-AbC123`),
      source('secretsmanager', 'arn:aws:secretsmanager:eu-west-1:999999999999:secret:shop/db-AbC123'),
    ],
    {
      bulks: [
        {
          kind: 'env',
          source: source('ssm', '/bank', { below: 'all-levels' }),
          place: { label: 'env-from', field: 'f' },
        },
        {
          kind: 'file',
          source: source('ssm', '/shop', { below: 'all-levels' }),
          place: { label: 'files-from', field: 'f' },
        },
      ],
    },
  );

  const problems = permit(plan, { ...context, policy });

  t.same(
    problems.map(({ place }) => place),
    ['env V1', 'env V2', 'env V5', 'env-from'],
  );
  t.match(problems[0], {
    code: 'LK-POLICY',
    field: 'metadata.annotations[latchkey.dev/env.V1]',
    reference: 'ssm:/bank/a',
    message: '"ssm:/bank/a" is not permitted by the operator\'s policy file for the namespace "shop"',
    remedy: /rule whose names include "ssm:\/bank\/a"/,
  });
  t.match(problems[1]?.message, '"secretsmanager:bank"');
  t.match(problems[2]?.message, 'arn:aws:secretsmanager:eu-west-1:999999999999:secret:shop/db');
  t.match(problems[3]?.remedy, '"ssm:/bank/**"');
});

t.test('a rule permits a wish as a whole: two rules never add up', async (t) => {
  const policy = policyOf(
    { namespaces: { names: ['shop'] }, names: ['ssm:/a'], deliveries: ['memory'] },
    { namespaces: { names: ['shop'] }, names: ['ssm:/b'], deliveries: ['secret'] },
  );
  const plan = planOf([source('ssm', '/a'), source('ssm', '/b')]);

  t.same(
    permit(plan, { ...context, policy }).map(({ place }) => place),
    ['env V0'],
  );
  t.same(
    permit({ ...plan, delivery: 'memory' }, { ...context, policy }).map(({ place }) => place),
    ['env V1'],
  );
  t.match(permit({ ...plan, delivery: 'plaintext' }, { ...context, policy }), [
    { message: /the delivery "plaintext"/ },
  ]);
});

t.test('roles and audiences of the file are a ceiling, for each hop of a chain', async (t) => {
  const policy = policyOf({
    ...everything,
    roles: ['arn:aws:iam::111122223333:role/shop-*'],
    audiences: ['sts.amazonaws.com'],
  });
  const plan = planOf([source('ssm', '/a')]);
  const second = 'arn:aws:iam::444455556666:role/other';

  t.same(permit(plan, { ...context, policy }), []);
  t.match(permit(plan, { ...context, policy, roleChain: [ROLE, second] }), [
    { message: /the role ".*other"/ },
  ]);
  t.match(permit(plan, { ...context, policy, audience: 'elsewhere' }), [{ message: /audience "elsewhere"/ }]);
});

t.test('with the identity of the webhook, a role counts only where it is written down', async (t) => {
  const plan = planOf([source('ssm', '/a')]);
  const controller = { ...context, identity: 'controller' as const };

  t.same(permit(plan, { ...controller, roleChain: [], policy: policyOf(everything) }), []);
  t.match(permit(plan, { ...controller, policy: policyOf(everything) }), [{ message: /the role/ }]);
  t.same(
    permit(plan, { ...controller, policy: policyOf({ ...everything, roles: ['arn:aws:iam::*:role/*'] }) }),
    [],
  );
});

t.test('annotations narrow and never widen', async (t) => {
  const policy = policyOf({ namespaces: { names: ['*'] }, names: ['ssm:/shop/**'] });
  const plan = planOf([source('ssm', '/shop/a'), source('ssm', '/shop/b'), source('ssm', '/bank/a')]);
  const namespaceAnnotations = { 'latchkey.dev/permitted-names': 'ssm:/shop/a,\n ssm:bank/*' };

  const problems = permit(plan, { ...context, policy, namespaceAnnotations });

  t.match(problems, [
    { place: 'env V1', message: /annotation latchkey.dev\/permitted-names of the namespace "shop"/ },
    { place: 'env V2', message: /operator's policy file/ },
  ]);
  t.match(permit(plan, { ...context, namespaceAnnotations }), [{ place: 'env V1' }], 'also without a file');
});

t.test('an annotation that is empty, misspelled or too long permits nothing and says why', async (t) => {
  const plan = planOf([source('ssm', '/shop/a')]);
  const annotated = (text: string) =>
    permit(plan, { ...context, namespaceAnnotations: { 'latchkey.dev/permitted-names': text } });

  t.match(annotated(''), [{ message: /is not permitted by the annotation/ }]);
  t.match(annotated('ssm:/shop/**, smm:/x'), [{ message: /cannot be read: .*did you mean "ssm:"/ }]);
  t.match(annotated('a'.repeat(9000)), [{ message: /longer than 4 KiB/ }]);
});

t.test(
  'roles and deliveries are narrowed by the namespace, deliveries by the service account too',
  async (t) => {
    const plan = planOf([source('ssm', '/shop/a')]);

    t.match(
      permit(plan, {
        ...context,
        roleChain: [ROLE, 'arn:aws:iam::111122223333:role/b'],
        namespaceAnnotations: {
          'latchkey.dev/permitted-roles': 'arn:aws:iam::111122223333:role/shop-*',
          'latchkey.dev/permitted-deliveries': 'memory',
        },
        serviceAccountAnnotations: { 'latchkey.dev/permitted-deliveries': 'memory, plaintxt' },
      }),
      [
        {
          field: /latchkey.dev\/delivery/,
          message: /"secret" is not permitted by .* of the namespace "shop"/,
          remedy: 'It permits memory.',
        },
        {
          message:
            /service account "shop\/app" cannot be read: "plaintxt" is no delivery; did you mean "plaintext"/,
        },
        { place: 'assume-role-arn', message: /role\/b" is not permitted/ },
      ],
    );
  },
);

t.test('what is returned is checked again, each member of a listing by its own name', async (t) => {
  const policy = policyOf({ namespaces: { names: ['*'] }, names: ['ssm:/shop/*', 'secretsmanager:shop'] });
  const backup = source('secretsmanager', `${SECRET_ARN}shop-backup`);
  const listing = source('ssm', '/shop', { below: 'all-levels' }).address;
  const check = returnedCheck('secret', { ...context, policy });

  t.same(
    permit(planOf([backup]), { ...context, policy }),
    [],
    'the spelling alone may be that of a permitted secret',
  );
  t.match(check(backup.address, { arn: `${SECRET_ARN}shop-backup-AbC123`, name: 'shop-backup' }), {
    code: 'LK-POLICY',
    message: /"secretsmanager:shop-backup" is not permitted/,
  });
  t.equal(check(backup.address, { arn: `${SECRET_ARN}shop-backup`, name: 'shop' }), undefined);
  t.equal(check(listing, { arn: '', name: '/shop/a' }), undefined);
  t.match(check(listing, { arn: '', name: '/shop/deep/a' }), { message: /"ssm:\/shop\/deep\/a"/ });
});

t.test(
  'without a layer, what is returned is permitted; with one that cannot be read, nothing is',
  async (t) => {
    const { address } = source('ssm', '/a');
    const unreadable = { kind: 'unreadable', reason: 'x' } as const;

    t.equal(returnedCheck('secret', context)(address, { arn: '', name: '/a' }), undefined);
    t.match(returnedCheck('secret', { ...context, policy: unreadable })(address, { arn: '', name: '/a' }), {
      code: 'LK-POLICY',
    });
  },
);

t.test('for memory, which nobody checks later, all must be permitted beforehand', async (t) => {
  const policy = policyOf({
    namespaces: { names: ['*'] },
    names: ['ssm:/shop/*', 'ssm:/deep/**', 'secretsmanager:shop'],
  });
  const memory = (sources: readonly Source[], bulk: Source[] = []) =>
    permit(
      planOf(sources, {
        delivery: 'memory',
        bulks: bulk.map((one) => ({ kind: 'file', source: one, place: { label: 'files-from', field: 'f' } })),
      }),
      { ...context, policy },
    ).map(({ remedy }) => remedy);

  t.match(memory([source('secretsmanager', `${SECRET_ARN}shop-AbC123`)]), [/secretsmanager:shop-AbC123/]);
  t.same(memory([source('secretsmanager', 'shop')]), []);
  t.match(memory([], [source('ssm', '/shop', { below: 'all-levels' })]), [/"ssm:\/shop\/\*\*"/]);
  t.same(memory([], [source('ssm', '/shop', { below: 'one-level' })]), []);
  t.same(memory([], [source('ssm', '/deep/x', { below: 'all-levels' })]), []);
});

t.test('the region that is asked when the first fails is checked as well', async (t) => {
  const policy = policyOf({ namespaces: { names: ['*'] }, names: ['arn:aws:ssm:eu-west-1:**'] });
  const plan = planOf([source('ssm', '/a'), source('ssm', 'arn:aws:ssm:eu-west-1:999999999999:parameter/b')]);

  t.same(permit(plan, { ...context, policy }), []);
  t.equal(permit({ ...plan, failoverRegion: 'us-east-1' }, { ...context, policy }).length, 2);
});

t.test('hostile text is quoted and bounded in messages', async (t) => {
  const policy = policyOf({ namespaces: { names: ['*'] }, names: ['ssm:/shop/**'] });
  const name = `/x\n::error::\u001B[31m\u202E${'y'.repeat(5000)}`;

  const [problem] = permit(planOf([source('ssm', name)]), { ...context, policy });

  t.ok(problem);
  t.notMatch(JSON.stringify(problem), /\\n|\\u001b|\u202E/u);
  t.ok(JSON.stringify(problem).length < 2000);
});
