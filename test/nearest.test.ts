import t from 'tap';
import { nearest } from '../src/nearest.ts';

t.test('one slip is recognised, whatever its kind and case', async (t) => {
  const names = ['listen', 'region', 'cache-ttl'];

  for (const slip of ['lissten', 'listn', 'lisden', 'lsiten', 'LISTEN']) {
    t.equal(nearest(slip, names), 'listen', slip);
  }
});

t.test('what resembles nothing has no neighbour', async (t) => {
  t.equal(nearest('completely-else', ['listen', 'region']), undefined);
  t.equal(nearest('x', []), undefined);
  t.equal(nearest('', ['listen']), undefined);
});

t.test('a very long text is looked at in part only', async (t) => {
  t.equal(nearest('x'.repeat(1_000_000), ['listen']), undefined);
});
