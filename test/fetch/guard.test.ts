import t from 'tap';
import { guard } from '../../src/fetch/guard.ts';
import { SENTINEL_VALUE } from '../../src/names.ts';

t.test('a kubelet that reads env files passes', async (t) => {
  t.equal(guard(SENTINEL_VALUE), undefined);
});

t.test('a kubelet that does not, or reads the grammar of 1.34, is refused with the way out', async (t) => {
  for (const sentinel of ['', `'${SENTINEL_VALUE}'`, 'Supported', ' supported']) {
    t.match(guard(sentinel), {
      code: 'LK-FEATURE',
      message: /kubelet of this node is older than 1\.35/,
      remedy: /1\.35 or newer.*files.*delivery "secret"/,
    });
  }
});
