import { createPublicKey } from 'node:crypto';

import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import { followSealingKeys, type SealingKeys } from '../../src/sealed/followed-keys.ts';
import type { KeyRing } from '../../src/sealed/key-ring.ts';
import { createOpener } from '../../src/sealed/opener.ts';
import { sealValue } from '../../src/sealed/seal-value.ts';
import { createKeySecrets, type KeySecrets } from '../support/key-secrets.ts';
import { keySecret, privateKeys } from '../support/sealing-keys.ts';

const keys = privateKeys(3);
const [first, second] = await Promise.all(
  keys.map((key, index) => keySecret(key, { notBefore: `2026-0${String(index + 1)}-01T00:00:00Z` })),
);
if (first === undefined || second === undefined) throw new Error('no keys');
const denied = new LatchkeyError('LK-KUBERNETES', 'Latchkey may not list secrets', '');

function followed(secrets: KeySecrets, onChange?: (ring: KeyRing) => void): SealingKeys {
  return followSealingKeys({
    api: secrets.api,
    namespaces: ['kube-system'],
    signal: new AbortController().signal,
    ...(onChange === undefined ? {} : { onChange }),
  });
}

function names({ ring }: SealingKeys): readonly string[] {
  return ring().keys.map(({ name }) => name);
}

t.test('keys are looked for by label, and by the one old name, in no other namespace', async (t) => {
  const secrets = createKeySecrets();
  followed(secrets);

  t.same(
    secrets.followed.map(({ namespace, plural, select }) => [namespace, plural, select]),
    [
      ['kube-system', 'secrets', { labelSelector: 'sealedsecrets.bitnami.com/sealed-secrets-key' }],
      ['kube-system', 'secrets', { fieldSelector: 'metadata.name=sealed-secrets-key' }],
    ],
  );
});

t.test(
  'a key is in use from when it is seen until it goes, is relabelled or is missing in a list',
  async (t) => {
    const secrets = createKeySecrets();
    const keys = followed(secrets);
    t.same(names(keys), []);

    secrets.put('one', first);
    secrets.put('two', second);
    t.same(names(keys), ['kube-system/two', 'kube-system/one'], 'newest first');

    const labels = { 'sealedsecrets.bitnami.com/sealed-secrets-key': 'compromised' };
    secrets.put('two', { ...second, metadata: { ...second.metadata, labels } });
    t.same(names(keys), ['kube-system/one']);

    secrets.put('two', second);
    secrets.remove('one');
    t.same(names(keys), ['kube-system/two']);

    secrets.relist({ one: first });
    t.same(names(keys), ['kube-system/one']);
  },
);

t.test('a Secret that is broken is named, and forgotten when it is mended', async (t) => {
  const secrets = createKeySecrets();
  const keys = followed(secrets);

  secrets.put('one', { ...first, data: {} } as typeof first);
  t.same(keys.ring().broken, [{ name: 'kube-system/one', reason: 'has no tls.key' }]);
  secrets.put('one', first);

  t.same(keys.ring().broken, []);
  t.same(names(keys), ['kube-system/one']);
});

t.test('the first list is told once, whatever is in it, and then each change', async (t) => {
  const secrets = createKeySecrets(false);
  const told: number[] = [];
  const keys = followed(secrets, (ring) => told.push(ring.keys.length));
  t.equal(keys.isSettled(), false);

  secrets.relist({ one: first, two: second });
  await keys.ready();
  secrets.relist({ one: first, two: second });
  secrets.remove('one');

  t.equal(keys.isSettled(), true);
  t.same([...new Set(told)], [2, 1]);
});

t.test('an opener waits for the first look, and says which keys could not be read', async (t) => {
  const secrets = createKeySecrets(false);
  const { ring, ready } = followed(secrets);
  const { open } = createOpener({ ring, ready, clock: { wall: () => 0 }, withoutKeys: '' });
  const [key] = keys;
  if (key === undefined) throw new Error('no key');
  const text = await sealValue(new Uint8Array([1]), 'shop', createPublicKey(key));
  const sealed = { text, sealedFor: { scope: 'namespace-wide', namespace: 'shop', name: '' } } as const;

  const opening = open(sealed, { left: 10 });
  secrets.fail(denied);

  await t.rejects(opening, {
    code: 'LK-KUBERNETES',
    message: /none of 0 sealing keys opens it .*, and those of namespace "kube-system" cannot be read/,
  });
  secrets.relist({ one: first });
  t.equal((await open(sealed, { left: 10 })).value.size, 1);
  secrets.fail(denied);
  t.equal((await open(sealed, { left: 10 })).value.size, 1, 'what was read stays good');
});
