import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import t from 'tap';
import type { Delivered } from '../../src/delivery/delivery.ts';
import { evaluate } from '../../src/request/evaluate.ts';
import { planHash } from '../../src/request/plan-hash.ts';
import type { DeliveryName, Plan } from '../../src/request/plan.ts';
import type { Container, Pod } from '../../src/request/pod.ts';
import { delivered } from './deliver.ts';
import { answersOf, app, planFor, planned, podOf } from './support.ts';

const answers = answersOf({ '/a': 'a', '/b': '$(USER)$', '/p/X': '1', db: '{"user":"ada"}' });

function deliveredTo(pod: Pod, plan: Plan): Delivered {
  return delivered(pod, plan, evaluate(plan, answers).filled);
}

/** The pod after one review. */
function admitted(pod: Pod, plan: Plan): Pod {
  const { operations, problems } = deliveredTo(pod, plan);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return jsonPatch.applyPatch(
    structuredClone(pod),
    operations.map((operation) => ({ ...operation })),
    true,
  ).newDocument;
}

/** What of a plan must not change between two rounds. */
function essence(plan: Plan): unknown {
  const places = ({ place: _place, ...rest }: { readonly place: unknown }) => rest;
  return {
    ...plan,
    items: plan.items.map(places),
    bulks: plan.bulks.map(places),
    inPlace: plan.inPlace.map(places),
  };
}

const env: NonNullable<Container['env']> = [
  { name: 'PURE', value: 'latchkey:ssm:/a' },
  { name: 'USER', value: 'u' },
  { name: 'URL', value: 'x://$(USER):((latchkey:ssm:/a))@cost$((latchkey:ssm:/b?encode=url))/$(HOME' },
  { name: 'MAYBE', value: 'latchkey:ssm:/none?optional=true' },
];

function podAsking(delivery: DeliveryName): Pod {
  const files = delivery === 'plaintext' ? {} : { 'file.f': 'ssm:/a', files: '/etc/app/g: ssm:/b' };
  const bulk = { 'env-from': 'ssm:/p/*?keys=X' };
  return podOf(
    { 'env.A': 'ssm:/a', 'env.B': 'x((ssm:/b))', delivery, ...files, ...bulk },
    { containers: [{ ...app, env }, { name: 'worker' }], initContainers: [{ name: 'migrate' }] },
  );
}

for (const delivery of ['secret', 'memory', 'plaintext'] as const) {
  t.test(`with delivery ${delivery}, a pod that was delivered makes the same plan`, async (t) => {
    const pod = podAsking(delivery);
    const plan = planFor(pod);

    const again = admitted(pod, plan);

    t.strictSame(essence(planFor(again)), essence(plan));
    t.equal(planHash(planFor(again)), planHash(plan));
    t.strictSame(deliveredTo(again, planFor(again)), { ...deliveredTo(again, plan), operations: [] });
  });

  t.test(`with delivery ${delivery}, what others add between the rounds changes nothing`, async (t) => {
    const pod = podAsking(delivery);
    const plan = planFor(pod);
    const again = admitted(pod, plan);
    const sidecar = { name: 'sidecar', env: [{ name: 'A', value: 'of its own' }] };
    const shifted = again.spec.containers.map((each) => ({
      ...each,
      env: [{ name: 'ADDED', value: 'x' }, ...(each.env ?? [])],
    }));
    const changed = { ...again, spec: { ...again.spec, containers: [sidecar, ...shifted] } };

    t.strictSame(essence(planFor(changed)), essence(plan));
    t.equal(planHash(planFor(changed)), planHash(plan));
  });
}

t.test('a literal is ours only for the very plan that plaintext delivered', async (t) => {
  const pod = podAsking('plaintext');
  const again = admitted(pod, planFor(pod));
  const annotate = (annotations: Readonly<Record<string, string>>): Pod => ({
    ...again,
    metadata: { annotations: { ...again.metadata.annotations, ...annotations } },
  });

  t.equal(planned(again).kind, 'plan');
  t.equal(planned(annotate({ 'latchkey.dev/env.A': 'ssm:/b' })).kind, 'problems');
  t.equal(planned(annotate({ 'latchkey.dev/status': '{}' })).kind, 'problems');
  t.equal(planned(annotate({ 'latchkey.dev/status': 'hunter2' })).kind, 'problems');
  t.equal(planned(annotate({ 'latchkey.dev/delivery': 'secret' })).kind, 'problems');
});

t.test('the annotation in-place is believed only where the container carries the very slot', async (t) => {
  const told = JSON.stringify([{ container: 'app', variable: 'V', references: ['ssm:/a'] }]);
  const withEntry = (entry: NonNullable<Container['env']>[number], text = told) =>
    planned(podOf({ 'in-place': text }, { containers: [{ ...app, env: [entry] }] })).kind;
  const ref = (name: string, key: string) => ({ name: 'V', valueFrom: { secretKeyRef: { name, key } } });

  t.equal(withEntry(ref('latchkey-x', 'in-place.app.V.0')), 'plan');
  t.equal(withEntry(ref('mine', 'in-place.app.V.0')), 'skip');
  t.equal(withEntry(ref('latchkey-x', 'in-place.app.W.0')), 'skip');
  t.equal(withEntry(ref('latchkey-x', 'in-place.app.V.1')), 'skip');
  t.equal(withEntry({ name: 'V', value: 'plain' }), 'skip');
  t.equal(withEntry({ name: 'V', value: '$(LK_IN_PLACE_V_0)x' }), 'skip');
  t.equal(withEntry({ name: 'V', value: 'latchkey:ssm:/b' }), 'plan');
  for (const text of [
    '',
    '[',
    'null',
    '{}',
    '[1]',
    '[{"container":"app","variable":"V","references":[]}]',
    '[{"container":"app","variable":"V","references":[1]}]',
    '{"__proto__":1}',
  ]) {
    t.equal(withEntry(ref('latchkey-x', 'in-place.app.V.0'), text), 'skip', text);
  }
});

t.test('what in place cannot be is told with its place', async (t) => {
  const rows: readonly (readonly [NonNullable<Container['env']>, string])[] = [
    [[{ name: 'V', value: 'latchkey:smm:/a' }], 'LK-UNKNOWN'],
    [[{ name: 'V', value: 'latchkey:' }], 'LK-SYNTAX'],
    [[{ name: 'V', value: 'x((latchkey:ssm:/a)' }], 'LK-SYNTAX'],
    [[{ name: 'V', value: 'x((latchkey:ssm:/a?optional=true))' }], 'LK-SYNTAX'],
    [[{ name: 'V)', value: 'latchkey:ssm:/a' }], 'LK-NAME'],
    [
      [
        { name: 'V', value: 'latchkey:ssm:/a' },
        { name: 'V', value: 'x' },
      ],
      'LK-CONFLICT',
    ],
    [
      [
        { name: 'LK_IN_PLACE_V_0', value: 'x' },
        { name: 'V', value: 'x((latchkey:ssm:/a))' },
      ],
      'LK-RESERVED',
    ],
    [[{ name: 'LK_IN_PLACE_V_0', value: 'latchkey:ssm:/a' }], 'LK-RESERVED'],
  ];
  for (const [entries, code] of rows) {
    const result = planned(podOf({}, { containers: [{ ...app, env: entries }] }));

    t.match(
      result,
      { kind: 'problems', problems: [{ code, field: /^spec\.containers\[0\]\.env\[\d\]\.value$/ }] },
      code,
    );
  }
  t.match(
    planned(
      podOf(
        { 'env.V': 'ssm:/a' },
        { containers: [{ ...app, env: [{ name: 'V', value: 'latchkey:ssm:/b' }] }] },
      ),
    ),
    {
      problems: [{ code: 'LK-CONFLICT', place: 'env V' }],
    },
  );
  t.match(
    planned(podOf({}, { containers: [{ name: 'A.b', env: [{ name: 'V', value: 'latchkey:ssm:/b' }] }] })),
    {
      problems: [{ code: 'LK-NAME' }],
    },
  );
});

t.test('any pod that is delivered makes the same plan again', async () => {
  const text = fc.array(
    fc.constantFrom(
      '$',
      '$$',
      'x',
      '$(USER)',
      '((latchkey:ssm:/a))',
      '((latchkey:ssm:/b?encode=url))',
      ')',
      '(',
      ' ',
    ),
    { minLength: 1 },
  );
  const names = fc.constantFrom('V', 'W', 'a.b-c', '__proto__', 'constructor');
  const entries = fc.uniqueArray(fc.record({ name: names, value: text.map((list) => list.join('')) }), {
    selector: ({ name }) => name,
  });
  const annotations = fc.dictionary(
    fc.constantFrom('env.A', 'env.B', 'file.f'),
    fc.constantFrom('ssm:/a', '((ssm:/b))-((ssm:/a))'),
  );
  fc.assert(
    fc.property(entries, annotations, fc.constantFrom('secret', 'memory'), (list, asked, delivery) => {
      const pod = podOf({ ...asked, delivery }, { containers: [{ ...app, env: list }, { name: 'b' }] });
      const first = planned(pod);
      if (first.kind !== 'plan') return true;
      const again = admitted(pod, first.plan);
      const second = planFor(again);
      return planHash(second) === planHash(first.plan) && deliveredTo(again, second).operations.length === 0;
    }),
    { numRuns: 300 },
  );
});
