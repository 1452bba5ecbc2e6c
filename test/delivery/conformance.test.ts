// One suite that every delivery passes, over pods and wishes that fast-check makes up.

import * as fc from 'fast-check';
import t from 'tap';
import { narrowPod } from '../../src/admission/narrow-pod.ts';
import { apply } from './apply.ts';
import { conforms } from './conformance.ts';
import { OTHER_SECRET_NAME, review } from './rounds.ts';

const DELIVERIES = ['secret', 'memory', 'plaintext'] as const;

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const references = fc.constantFrom(
  'ssm:/a',
  'ssm:/b?optional=true',
  'secretsmanager:db#password',
  'ssm:/c?default=x',
);
const templates = fc.oneof(
  references,
  fc.constantFrom('x-((ssm:/a))-y', 'p:((secretsmanager:db?encode=url#"a b"))@h'),
);

/** Values in place, with texts that are hard to put back together. */
const texts = fc.array(fc.constantFrom('$', '$$', '$(HOST)', '$(', ')', 'a', ' ', 'é', '\\', '"'), {
  maxLength: 4,
});
const inPlaceValues = fc.oneof(
  references.map((reference) => `latchkey:${reference}`),
  fc
    .tuple(texts, texts, texts)
    .map(([a, b, c]) => `${a.join('')}((latchkey:ssm:/a))${b.join('')}((latchkey:ssm:/b))${c.join('')}`),
);

const variables = fc.oneof(
  fc.record({ name: fc.constantFrom('HOST', 'OWN', 'one', '__proto__', 'constructor'), value: fc.string() }),
  fc.record({ name: fc.constantFrom('PLACE', 'OTHER'), value: inPlaceValues }),
  fc.constant({ name: 'NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } }),
);

const containers = (names: readonly string[]) =>
  fc.subarray([...names], { minLength: 1 }).chain((chosen) =>
    fc.tuple(
      ...chosen.map((name) =>
        fc
          .record({
            image: fc.constant('image:1'),
            env: optional(fc.uniqueArray(variables, { selector: (variable) => variable.name, maxLength: 4 })),
            volumeMounts: optional(fc.constantFrom([], [{ name: 'own', mountPath: '/own', unknown: 1 }])),
            unknownField: optional(fc.jsonValue()),
          })
          .map((container) => withoutUndefined({ name, ...container })),
      ),
    ),
  );

const annotations = fc
  .record({
    'latchkey.dev/env.ALPHA': optional(templates),
    'latchkey.dev/env.omega': optional(templates),
    'latchkey.dev/file.key': optional(templates),
    'latchkey.dev/files': optional(
      fc.constantFrom('dir/a: ssm:/a', '/etc/x: ssm:/a\n/etc/a b: ssm:/b', 'm: ssm:/a?mode=0440'),
    ),
    'latchkey.dev/env-from': optional(
      fc.constantFrom('secretsmanager:all?keys=one,two', 'ssm:/p/*?prefix=P_&keys=one'),
    ),
    'latchkey.dev/files-from': optional(fc.constantFrom('secretsmanager:all', 'ssm:/p/*?prefix=sub/')),
    'latchkey.dev/containers': optional(fc.constantFrom('app', 'app,init', 'istio-proxy')),
    'other.example.com/~a~1': optional(fc.string()),
  })
  .map(withoutUndefined);

const pods = fc
  .record({
    annotations,
    containers: containers(['app', 'worker', 'istio-proxy']),
    initContainers: optional(containers(['init', 'sidecar'])),
    volumes: optional(fc.constantFrom([], [{ name: 'own', emptyDir: {} }])),
    securityContext: optional(fc.constantFrom({ fsGroup: 1 }, { runAsUser: 1000 }, { runAsUser: 0 })),
  })
  .map(({ annotations, ...spec }) =>
    asReceived({ metadata: { name: 'pod', annotations }, spec: withoutUndefined(spec) }),
  );

/** As it comes out of a review's body. */
function asReceived(pod: object, revive?: (key: string, value: unknown) => unknown): object {
  const received: unknown = JSON.parse(JSON.stringify(pod), revive);
  return typeof received === 'object' && received !== null ? received : {};
}

function withoutUndefined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/** Plaintext has none. */
function withoutFiles(pod: object): object {
  const isFile = (key: string) => key.startsWith('latchkey.dev/file');
  return asReceived(pod, (key, value) => (isFile(key) ? undefined : value));
}

for (const delivery of DELIVERIES) {
  t.test(
    `${delivery}: a delivered pod is never delivered again, and nothing else of it changes`,
    async (t) => {
      let delivered = 0;

      fc.assert(
        fc.property(pods, fc.subarray(['env ALPHA', 'file key', 'file /etc/a b']), (object, missing) => {
          const role = 'arn:aws:iam::111122223333:role/app';
          const surroundings = { delivery, missing, role, members: ['one', 'three'] };
          const pod = narrowPod(delivery === 'plaintext' ? withoutFiles(object) : object);
          const reviewed = conforms(t, pod, surroundings);
          if (reviewed.kind === 'delivered') delivered += 1;
          return t.passing();
        }),
        { numRuns: 300 },
      );

      t.ok(delivered > 30, `${delivered} pods were delivered, the others refused or left alone`);
    },
  );
}

t.test('what one delivery left, another one takes over', async (t) => {
  fc.assert(
    fc.property(
      pods,
      fc.constantFrom('secret', 'memory'),
      fc.constantFrom('secret', 'memory'),
      (object, one, two) => {
        const first = review(narrowPod(object), { delivery: one });
        if (first.kind !== 'delivered') return true;
        const patched = narrowPod(apply(object, first.delivered.operations));
        const next = { delivery: two, secretName: OTHER_SECRET_NAME };
        const second = review(patched, next);
        if (second.kind !== 'delivered') return true;
        const fresh = review(narrowPod(object), next);
        const twice = apply(patched, second.delivered.operations);
        const once = fresh.kind === 'delivered' ? apply(object, fresh.delivered.operations) : fresh;
        t.strictSame(sorted(twice), sorted(once), 'the outcome is that of a fresh pod');
        return t.passing();
      },
    ),
  );
});

/** Lists of ours may be empty instead of absent, and in another order, where they were there before. */
function sorted(pod: unknown): unknown {
  return JSON.parse(JSON.stringify(pod), (key, value: unknown) => {
    if (!Array.isArray(value) || !['volumes', 'volumeMounts', 'env', 'initContainers'].includes(key))
      return value;
    return value.length === 0 ? undefined : value.map((entry) => JSON.stringify(entry)).sort();
  });
}
