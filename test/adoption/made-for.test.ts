import fc from 'fast-check';
import t from 'tap';

import { isProved, proofOf, readProofs, withProof, type Provenance } from '../../src/adoption/made-for.ts';
import { SecretValue } from '../../src/secret-value.ts';

const KEY = Buffer.alloc(32, 7);
const PROVENANCE: Provenance = {
  namespace: 'shop',
  name: 'db',
  definition: {
    kind: 'kes',
    apiVersion: 'kubernetes-client.io/v1',
    objectKind: 'ExternalSecret',
    namespace: 'shop',
    name: 'db',
    uid: 'u',
  },
  recipe: 'hash',
  identities: ['a', 'b'],
};

function content(entries: Readonly<Record<string, string>>, type = 'Opaque') {
  return { type, data: new Map(Object.entries(entries).map(([key, text]) => [key, new SecretValue(text)])) };
}

t.test('whatever differs gives another proof', async (t) => {
  const base = proofOf(KEY, PROVENANCE, content({ a: '1', b: '2' }));
  const { definition } = PROVENANCE;
  const others = [
    proofOf(Buffer.alloc(32, 8), PROVENANCE, content({ a: '1', b: '2' })),
    proofOf(KEY, { ...PROVENANCE, namespace: 'other' }, content({ a: '1', b: '2' })),
    proofOf(KEY, { ...PROVENANCE, name: 'other' }, content({ a: '1', b: '2' })),
    proofOf(KEY, { ...PROVENANCE, definition: { ...definition, uid: 'v' } }, content({ a: '1', b: '2' })),
    proofOf(KEY, { ...PROVENANCE, definition: { ...definition, kind: 'eso' } }, content({ a: '1', b: '2' })),
    proofOf(KEY, { ...PROVENANCE, recipe: 'other' }, content({ a: '1', b: '2' })),
    proofOf(KEY, { ...PROVENANCE, identities: ['a'] }, content({ a: '1', b: '2' })),
    proofOf(KEY, PROVENANCE, content({ a: '1', b: '2' }, 'kubernetes.io/tls')),
    proofOf(KEY, PROVENANCE, content({ a: '2', b: '1' })),
    proofOf(KEY, PROVENANCE, content({ a: '1' })),
    proofOf(KEY, PROVENANCE, content({ a: '1', b: '2', c: '' })),
    proofOf(KEY, PROVENANCE, content({ a: '1b', '2': '' })),
  ];

  t.equal(new Set([base, ...others]).size, others.length + 1);
});

t.test('the order of keys and identities does not matter', async (t) => {
  const one = proofOf(KEY, PROVENANCE, content({ a: '1', b: '2' }));
  const other = proofOf(KEY, { ...PROVENANCE, identities: ['b', 'a', 'b'] }, content({ b: '2', a: '1' }));

  t.equal(one, other);
});

t.test('an annotation keeps what was proved before, up to a bound', async (t) => {
  const proofs = Array.from({ length: 20 }, (_, index) => index.toString(16).padStart(32, '0'));

  const annotation = proofs.reduce((text, proof) => withProof(readProofs(text), proof), '');
  const kept = readProofs(annotation);

  t.strictSame(kept, proofs.slice(-16));
  t.ok(isProved(kept, proofs.at(-1) ?? ''));
  t.notOk(isProved(kept, proofs[0] ?? ''));
  t.equal(withProof(kept, kept[0] ?? ''), [...kept.slice(1), kept[0]].join(' '));
});

t.test('whatever stands in the annotation proves nothing by itself', async (t) => {
  const proof = proofOf(KEY, PROVENANCE, content({ a: '1' }));

  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (text) => {
      fc.pre(!text.includes(proof));
      return !isProved(readProofs(text), proof);
    }),
  );
  t.strictSame(readProofs(undefined), []);
  t.strictSame(readProofs(`${proof} `.repeat(17)), [], 'longer than any that Latchkey wrote');
  t.pass();
});
