import t from 'tap';
import { didYouMean, nearest } from '../../src/request/nearest.ts';

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
