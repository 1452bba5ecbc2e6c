import t from 'tap';

import { indexed } from '../../src/adoption/indexed.ts';
import type { DefinitionKind } from '../../src/definitions/recipe.ts';
import { candidateOf } from '../../src/materialize/candidate.ts';

function candidate(kind: DefinitionKind, spec: object, annotations: object = {}) {
  const object = { metadata: { namespace: 'shop', name: 'db', uid: 'u-1', annotations }, spec };
  const entry = indexed(kind, object);
  return entry && candidateOf(entry, object);
}

t.test('a definition of each kind, with the Secret that it makes', async (t) => {
  t.match(candidate('kes', {}), { secretName: 'db', isMarked: false, stores: [] });
  t.match(candidate('eso', { target: { name: 'other' } }), { secretName: 'other' });
  t.match(candidate('sealed-secret', {}), { secretName: 'db', refresh: { kind: 'default' } });
});

t.test('the mark is the text true, and nothing else', async (t) => {
  const of = (value: unknown) => candidate('kes', {}, { 'latchkey.dev/materialize': value })?.isMarked;

  t.equal(of('true'), true);
  for (const value of ['false', '', 'True', '1', 'yes', true]) t.equal(of(value), false, String(value));
});

t.test('its stores, each once, wherever they stand', async (t) => {
  const storeRef = (name: string, kind?: string) => ({ sourceRef: { storeRef: { name, kind } } });

  const found = candidate('eso', {
    secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' },
    data: [storeRef('aws'), { secretKey: 'a' }, storeRef('aws', 'ClusterSecretStore'), 'x', null],
    dataFrom: [storeRef('more'), { sourceRef: { generatorRef: { name: 'g' } } }],
  });

  t.strictSame(found?.stores, ['ClusterSecretStore/aws', 'SecretStore/aws', 'SecretStore/more']);
});

t.test('what adds to the Secret of somebody else makes none by itself', async (t) => {
  for (const creationPolicy of ['Merge', 'None'])
    t.equal(candidate('eso', { target: { creationPolicy } }), undefined, creationPolicy);
  t.ok(candidate('eso', { target: { creationPolicy: 'Orphan' } }));
});
