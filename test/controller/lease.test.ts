import t from 'tap';
import { heldBy, LEASE_TIMES, mayTake, observe, released } from '../../src/controller/lease.ts';

const WALL = Date.UTC(2026, 0, 1);
const theirs = heldBy('them', { before: undefined, times: LEASE_TIMES, wallMs: WALL });

function taken(lease = theirs, silentMs = 0, identity = 'us'): boolean {
  const observation = observe(undefined, lease, 0);
  return mayTake(lease, { identity, observation, nowMs: silentMs });
}

t.test(
  'a Lease of somebody else is left alone until its holder was silent for its whole duration',
  async (t) => {
    t.notOk(taken(theirs, 15_000));
    t.ok(taken(theirs, 15_001));
  },
);

t.test('one that is free or already ours is taken at once', async (t) => {
  t.ok(taken(released(theirs, WALL)));
  t.ok(taken(theirs, 0, 'them'));
});

t.test('its dates are never compared with our clock', async (t) => {
  for (const renewTime of ['1970-01-01T00:00:00.000000Z', '2999-01-01T00:00:00.000000Z', 'nonsense', '']) {
    const lease = { ...theirs, renewTime };

    t.notOk(taken(lease, 15_000), renewTime);
    t.ok(taken(lease, 15_001), renewTime);
  }
});

t.test('only a renewal or another holder keeps us waiting anew', async (t) => {
  const first = observe(undefined, theirs, 0);

  t.equal(observe(first, { ...theirs }, 9000).atMs, 0, 'the same');
  t.equal(observe(first, { ...theirs, renewTime: '2026-01-01T00:00:09.000000Z' }, 9000).atMs, 9000);
  t.equal(observe(first, { ...theirs, holder: 'a third' }, 9000).atMs, 9000);
});

t.test('no duration keeps everybody away for ever', async (t) => {
  t.ok(taken({ ...theirs, durationSeconds: 1e9 }, 60_001));
  t.ok(taken({ ...theirs, durationSeconds: 0 }, 1));
});

t.test('a renewal keeps when it was acquired, a take-over counts', async (t) => {
  const renewed = heldBy('them', { before: theirs, times: LEASE_TIMES, wallMs: WALL + 2000 });
  const ours = heldBy('us', { before: renewed, times: LEASE_TIMES, wallMs: WALL + 3000 });

  t.same(renewed, { ...theirs, renewTime: '2026-01-01T00:00:02.000000Z' });
  t.match(ours, { holder: 'us', acquireTime: '2026-01-01T00:00:03.000000Z', transitions: 1 });
  t.match(released(ours, WALL), { holder: '', durationSeconds: 1, transitions: 1 });
});
