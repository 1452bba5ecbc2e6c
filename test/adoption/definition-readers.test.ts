import t from 'tap';

import { createDefinitionReaders } from '../../src/adoption/definition-readers.ts';
import type { ReadResult } from '../../src/adoption/read-definition.ts';

const DEFINITION = {
  kind: 'ascp',
  apiVersion: 'secrets-store.csi.x-k8s.io/v1',
  objectKind: 'SecretProviderClass',
  namespace: 'shop',
  name: 'class',
  uid: 'uid-1',
} as const;

/** A class whose objects count how often they are looked at. */
function classOf(metadata: object, objectName = 'shop/db') {
  const looks = { count: 0 };
  const parameters = {
    get objects() {
      looks.count += 1;
      return `- { objectName: ${objectName}, objectType: secretsmanager, objectAlias: db }`;
    },
  };
  const secretObjects = ['a', 'b'].map((secretName) => ({
    secretName,
    type: 'Opaque',
    data: [{ objectName: 'db', key: 'db' }],
  }));
  const { apiVersion, objectKind: kind } = DEFINITION;
  const object = { apiVersion, kind, metadata, spec: { provider: 'aws', parameters, secretObjects } };
  return { object, looks };
}

function reader() {
  const { ascp } = createDefinitionReaders();
  return async (object: unknown, secretName: string, region = 'eu-west-1'): Promise<ReadResult> =>
    await ascp({
      definition: DEFINITION,
      object,
      secretName,
      context: {
        namespace: 'shop',
        namespaceLabels: {},
        namespaceAnnotations: {},
        region,
        allowedSecretTypes: [],
      },
      store: async () => undefined,
    });
}

function asked(read: ReadResult): readonly string[] {
  if (read.kind === 'problems') return [];
  return read.recipe.questions.map(({ address }) => `${address.name} in ${address.region}`);
}

t.test('a class is read once for all Secrets that it makes', async (t) => {
  const read = reader();
  const first = classOf({ name: 'class', uid: 'uid-1', resourceVersion: '7' });
  const second = classOf({ name: 'class', uid: 'uid-1', resourceVersion: '7' });

  t.strictSame(asked(await read(first.object, 'a')), ['shop/db in eu-west-1']);
  t.strictSame(asked(await read(second.object, 'b')), ['shop/db in eu-west-1']);

  t.ok(first.looks.count > 0);
  t.equal(second.looks.count, 0);
});

t.test('what is another class, version or region is read anew', async (t) => {
  const read = reader();
  await read(classOf({ name: 'class', uid: 'uid-1', resourceVersion: '7' }).object, 'a');
  const changed = classOf({ name: 'class', uid: 'uid-1', resourceVersion: '8' }, 'shop/new');
  const other = classOf({ name: 'class', uid: 'uid-2', resourceVersion: '7' }, 'shop/other');
  const elsewhere = classOf({ name: 'class', uid: 'uid-1', resourceVersion: '7' });
  const unknown = classOf({ name: 'class' }, 'shop/unknown');

  t.strictSame(asked(await read(changed.object, 'a')), ['shop/new in eu-west-1']);
  t.strictSame(asked(await read(other.object, 'a')), ['shop/other in eu-west-1']);
  t.strictSame(asked(await read(elsewhere.object, 'a', 'us-east-1')), ['shop/db in us-east-1']);
  t.strictSame(asked(await read(unknown.object, 'a')), ['shop/unknown in eu-west-1']);
});
