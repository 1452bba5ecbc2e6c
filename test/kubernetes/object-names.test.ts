import t from 'tap';
import * as fc from 'fast-check';
import { apiPath } from '../../src/kubernetes/api-path.ts';
import { isDnsLabel, isDnsSubdomain } from '../../src/kubernetes/object-names.ts';

t.test('names that Kubernetes takes are taken', async (t) => {
  for (const name of ['a', 'shop', 'kube-system', '0', 'a'.repeat(63)]) t.ok(isDnsLabel(name), name);
  for (const name of ['shop.v1', 'a'.repeat(253), `${'a'.repeat(100)}.b`]) t.ok(isDnsSubdomain(name), name);
});

t.test('names that are none are not', async (t) => {
  const none = ['', '-a', 'a-', 'A', 'a b', 'a/b', '..', 'a\n', 'a%2f', 'ä', '__proto__'];
  for (const name of [...none, 'a.b', 'a'.repeat(64)]) t.notOk(isDnsLabel(name), name);
  for (const name of [...none, 'a..b', '.a', 'a.', 'a.-b', 'a'.repeat(254)])
    t.notOk(isDnsSubdomain(name), name);
});

t.test('no text at all leaves its place in an API path', async () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom('../x', '..', 'a/../../b', 'x?y', 'x#y', 'x%2e', '\0')),
      (name) => {
        let path: string;
        try {
          path = apiPath(['api', 'v1', 'namespaces', name, 'secrets']);
        } catch (error) {
          return (error as { code: string }).code === 'LK-NAME';
        }
        return new URL(path, 'https://x').pathname === `/api/v1/namespaces/${name}/secrets`;
      },
    ),
  );
});

t.test('a query is escaped', async (t) => {
  t.equal(apiPath(['api'], { labelSelector: 'a=b&limit=9' }), '/api?labelSelector=a%3Db%26limit%3D9');
});

t.test('a name with a path in it is refused by name, quoted', async (t) => {
  t.throws(() => apiPath(['api', '../../kube-system/secrets/x']), {
    code: 'LK-NAME',
    message: /^"\.\.\/\.\.\/kube-system\/secrets\/x" cannot name/,
  });
  t.throws(() => apiPath(['api', 'a\u001b[31m']), { message: /\\u\{1b\}/ });
});
