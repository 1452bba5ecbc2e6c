import t from 'tap';
import { didYouMean, nearest } from '../src/nearest.ts';

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

t.test('the nearest name is found, and only a near one', async (t) => {
  const names = ['env', 'env-from', 'mount-path', 'delivery'];

  t.equal(nearest('mountpath', names), 'mount-path');
  t.equal(nearest('Delivery', names), 'delivery');
  t.equal(nearest('env_from', names), 'env-from');
  t.equal(nearest('evn', names), 'env');
  t.equal(nearest('enf', names), 'env');
  t.equal(nearest('xyz', names), undefined);
  t.equal(nearest('', names), undefined);
  t.equal(nearest('__proto__', names), undefined);
  t.equal(nearest('e'.repeat(100_000), names), undefined);
  t.equal(didYouMean('delivry', names), ' Did you mean "delivery"?');
  t.equal(didYouMean('xyz', names), '');
});
