// Pods as a real API server sends them: no two of one template are the same text.

import * as fc from 'fast-check';
import t from 'tap';

import { likenessOf } from '../../src/admission/likeness.ts';
import type { Pod } from '../../src/request/pod.ts';

interface Changes {
  readonly token?: string;
  readonly time?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly volume?: string;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

function pod({
  token = 'kube-api-access-abcde',
  time = '1',
  annotations = {},
  volume,
  env = [],
}: Changes): Pod {
  const mount = { name: token, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  const metadata = { generateName: 'app-', annotations, managedFields: [{ manager: 'kcm', time }] };
  const more = volume === undefined ? [] : [{ name: volume, emptyDir: {} }];
  return {
    metadata,
    spec: {
      volumes: [{ name: token, projected: {} }, ...more],
      initContainers: [{ name: 'migrate', volumeMounts: [mount] }],
      containers: [{ name: 'app', env, volumeMounts: [mount] }],
    },
  };
}

const textOf = (changes: Changes, namespace = 'shop') => likenessOf(namespace, pod(changes)).text;

t.test(
  "pods of one template are alike: the token's volume and the time of managedFields differ",
  async (t) => {
    const one = likenessOf('shop', pod({}));
    const other = likenessOf('shop', pod({ token: 'kube-api-access-z9x8y', time: '2' }));

    t.equal(one.text, other.text);
    t.equal(one.leftOut, 'kube-api-access-abcde');
    t.equal(other.leftOut, 'kube-api-access-z9x8y');
  },
);

t.test('whatever else differs tells pods apart', async (t) => {
  const texts = [
    textOf({}),
    textOf({}, 'other'),
    textOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a' } }),
    textOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/b' } }),
    textOf({ volume: 'work' }),
    textOf({ env: [{ name: 'A', value: '1' }] }),
  ];

  t.equal(new Set(texts).size, texts.length);
});

t.test('a name that stands where it may mean something is not left out', async (t) => {
  const reference = (name: string) => ({
    token: name,
    annotations: { 'latchkey.dev/env.A': `ssm:/${name}` },
  });
  const variable = (name: string) => ({ token: name, env: [{ name, value: 'latchkey:ssm:/a' }] });

  for (const wish of [reference, variable]) {
    const one = likenessOf('shop', pod(wish('kube-api-access-aaaaa')));
    const other = likenessOf('shop', pod(wish('kube-api-access-bbbbb')));

    t.equal(one.leftOut, undefined);
    t.not(one.text, other.text);
  }
});

t.test('no volume of another name looks like the one that was left out', async (t) => {
  for (const token of [
    'kube-api-access-',
    'kube-api-access-\u0000',
    '\u0000',
    '',
    'kube-api-access-toolong',
  ]) {
    t.not(textOf({ token }), textOf({}), JSON.stringify(token));
  }
});

t.test('two pods with one text are the same but for what was left out', async (t) => {
  const token = fc.constantFrom('kube-api-access-aaaaa', 'kube-api-access-bbbbb', 'other', '\u0000');
  const text = fc.oneof(token, fc.string());
  const changes = fc.record({
    token,
    annotations: fc.dictionary(text, text, { maxKeys: 2 }),
    env: fc.array(fc.record({ name: text, value: text }), { maxLength: 2 }),
    volume: text,
  });
  const bare = (changed: Changes) => JSON.stringify(pod({ ...changed, token: 'any' }));

  fc.assert(
    fc.property(changes, changes, (one, other) => {
      if (textOf(one) === textOf(other)) t.equal(bare(one), bare(other));
    }),
  );
  t.pass('for any two');
});
