import t from 'tap';
import { createDeadlines } from '../../src/admission/deadlines.ts';

t.test('what is due runs once, what was taken back never', async (t) => {
  let now = 0;
  const deadlines = createDeadlines({ now: () => now, wall: () => 0 });
  const ran: string[] = [];
  const first = Promise.withResolvers<void>();
  const alive = setInterval(() => {}, 60_000);

  const takeBack = deadlines.set(10, () => ran.push('taken back'));
  deadlines.set(10, () => {
    ran.push('due');
    first.resolve();
  });
  deadlines.set(1000, () => ran.push('later'));
  takeBack();
  now = 10;
  await first.promise;
  t.same(ran, ['due']);

  const second = Promise.withResolvers<void>();
  now = 1000;
  deadlines.set(1000, second.resolve);
  await second.promise;
  t.same(ran, ['due', 'later']);

  const third = Promise.withResolvers<void>();
  deadlines.set(500, third.resolve);
  await third.promise;
  clearInterval(alive);
  t.same(ran, ['due', 'later'], 'and it works again after all had run');
});
