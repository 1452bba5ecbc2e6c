// Kubernetes' own rules for Secrets, which it would say less well.

import t from 'tap';
import { isAnnotationKey, isLabelValue } from '../../src/definitions/object-metadata.ts';
import { isSecretKey } from '../../src/definitions/secret-key.ts';
import { checkSecretSize, MOST_SECRET_BYTES } from '../../src/definitions/secret-size.ts';
import { checkSecretType, checkTypedData, HARMLESS_TYPES } from '../../src/definitions/secret-type.ts';
import { SecretValue } from '../../src/secret-value.ts';

function data(values: Readonly<Record<string, string>>): ReadonlyMap<string, SecretValue> {
  return new Map(Object.entries(values).map(([key, text]) => [key, new SecretValue(text)]));
}

t.test('a key has letters, digits and - _ . and is no way out of a folder', async (t) => {
  for (const key of ['a', '.dockerconfigjson', 'tls.crt', '__proto__', '-', 'a..b', 'x'.repeat(253)]) {
    t.ok(isSecretKey(key), key);
  }
  for (const key of ['', '.', '..', '..a', 'a b', 'a/b', 'ä', 'a\n', 'x'.repeat(254)]) {
    t.notOk(isSecretKey(key), key);
  }
});

t.test('keys and values of labels and annotations', async (t) => {
  for (const key of ['a', 'app.kubernetes.io/name', 'A_b-c.d', `${'a'.repeat(253)}/x`, 'x'.repeat(63)]) {
    t.ok(isAnnotationKey(key), key);
  }
  for (const key of [
    '',
    '/a',
    'a/',
    'a/b/c',
    'Example.com/a',
    '-a',
    'a-',
    'x'.repeat(64),
    `${'a'.repeat(254)}/x`,
    '__proto__',
  ]) {
    t.notOk(isAnnotationKey(key), key);
  }
  for (const value of ['', 'a', 'A.b_c-1', 'x'.repeat(63)]) t.ok(isLabelValue(value), value);
  for (const value of ['a b', '-a', 'a\n', 'ä', 'x'.repeat(64)]) t.notOk(isLabelValue(value), value);
});

t.test('types that give others power are made only where the operator allows them', async (t) => {
  for (const type of HARMLESS_TYPES) t.doesNotThrow(() => checkSecretType(type, []), type);
  for (const type of [
    'kubernetes.io/service-account-token',
    'bootstrap.kubernetes.io/token',
    'my/type',
    '',
  ]) {
    t.throws(() => checkSecretType(type, []), { code: 'LK-POLICY' }, type);
    t.doesNotThrow(() => checkSecretType(type, [type]), type);
  }
});

t.test('a type without the keys that Kubernetes wants of it is refused', async (t) => {
  const rows: readonly (readonly [
    string,
    Readonly<Record<string, string>>,
    Readonly<Record<string, string>>,
  ])[] = [
    ['kubernetes.io/tls', { 'tls.crt': 'a', 'tls.key': '' }, { 'tls.crt': 'a' }],
    ['kubernetes.io/basic-auth', { password: '' }, { user: 'a' }],
    ['kubernetes.io/ssh-auth', { 'ssh-privatekey': 'a' }, { 'ssh-privatekey': '' }],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': '{}' }, { '.dockerconfigjson': 'hunter2' }],
    ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': 'null' }, { '.dockerconfigjson': '[]' }],
    ['kubernetes.io/dockercfg', { '.dockercfg': '{"a":1}' }, {}],
  ];

  for (const [type, right, wrong] of rows) {
    t.doesNotThrow(() => checkTypedData(type, data(right)), type);
    t.throws(
      () => checkTypedData(type, data(wrong)),
      { code: 'LK-DEFINITION', message: /^(?!.*hunter2)/ },
      type,
    );
  }
  for (const type of ['Opaque', 'my/type', 'constructor']) {
    t.doesNotThrow(() => checkTypedData(type, data({})), type);
  }
});

t.test('all values and keys together have at most a mebibyte', async (t) => {
  t.doesNotThrow(() => checkSecretSize(data({ a: 'x'.repeat(MOST_SECRET_BYTES - 1) })));
  t.throws(() => checkSecretSize(data({ a: 'x'.repeat(MOST_SECRET_BYTES) })), {
    code: 'LK-TOO-LARGE',
    message: /1025 KiB, and a Secret holds 1024 KiB; the largest: a \(1025 KiB\)/,
  });
});
