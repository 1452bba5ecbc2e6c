import t from 'tap';
import { describe } from '../../src/errors.ts';
import { app, planned, podOf, problemsFor } from './support.ts';

/** A ciphertext of this many characters, as far as can be told without a key. */
function ciphertext(characters: number): string {
  const bytes = Buffer.alloc((characters / 4) * 3, 7);
  bytes.writeUInt16BE(256);
  return bytes.toString('base64');
}

/** A pod with references in place, each of 40,000 characters. */
function podWith(count: number, annotations: Readonly<Record<string, string>> = {}) {
  const env = Array.from({ length: count }, (_, index) => ({
    name: `V${index}`,
    value: `latchkey:sealed:${ciphertext(40_000)}`,
  }));
  return podOf(annotations, { containers: [{ ...app, env }] });
}

t.test(
  'references in place that the annotation cannot keep are refused before the API server does',
  async (t) => {
    const problems = problemsFor(podWith(7));

    t.match(problems.map(describe), [
      /^annotation latchkey\.dev\/in-place: the references in place have 280\d{3} bytes together.*\[LK-LIMIT\]\. Kubernetes allows 262144 bytes/,
    ]);
    t.equal(planned(podWith(6)).kind, 'plan');
  },
);

t.test('what the pod has already takes room too, but not what the delivery before wrote', async (t) => {
  const other = { 'env.A': `sealed:${ciphertext(40_000)}` };
  const before = { 'in-place': JSON.stringify([{ references: ['x'.repeat(200_000)] }]) };

  t.equal(planned(podWith(6, other)).kind, 'problems');
  t.notMatch(JSON.stringify(planned(podWith(6, before))), 'bytes together');
});
