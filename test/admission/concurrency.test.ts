import t from 'tap';
import { Gate } from '../../src/admission/concurrency.ts';

const NEVER = new AbortController().signal;

t.test('who finds no place waits for one, in order of arrival', async (t) => {
  const gate = new Gate({ total: 1, perNamespace: 1, maxWaitMs: 60_000 });
  const order: string[] = [];
  const leave = await gate.enter('a', NEVER);

  const waiting = ['first'].map(async (name) => {
    const done = await gate.enter(name, NEVER);
    order.push(name);
    done();
  });
  leave();
  leave();
  await Promise.all(waiting);

  t.same(order, ['first']);
  t.equal(gate.inFlight, 0, 'leaving twice counts once');
});

t.test('a freed place goes to the first whose namespace has room', async (t) => {
  const gate = new Gate({ total: 3, perNamespace: 2, maxWaitMs: 60_000 });
  const leaveA = [await gate.enter('a', NEVER), await gate.enter('a', NEVER)];
  const leaveB = await gate.enter('b', NEVER);
  const order: string[] = [];
  const enter = async (name: string) => {
    const leave = await gate.enter(name, NEVER);
    order.push(name);
    return leave;
  };

  const third = enter('a');
  const fourth = enter('b');
  leaveB();
  const leaveFourth = await fourth;
  t.same(order, ['b'], 'a has its share already');
  leaveA[0]?.();
  (await third)();
  leaveA[1]?.();
  leaveFourth();

  t.same(order, ['b', 'a']);
  t.equal(gate.inFlight, 0);
});

t.test('a freed place is taken at once: nobody who arrives in between gets it too', async (t) => {
  const gate = new Gate({ total: 1, perNamespace: 1, maxWaitMs: 60_000 });
  const leave = await gate.enter('a', NEVER);
  const waiting = gate.enter('b', NEVER);

  leave();
  const intruder = gate.enter('c', AbortSignal.abort());

  await t.rejects(intruder, { code: 'LK-OVERLOADED' });
  t.equal(gate.inFlight, 1);
  (await waiting)();
});

t.test('the queue is bounded, in all and per namespace', async (t) => {
  const gate = new Gate({ total: 2, perNamespace: 1, maxWaitMs: 60_000 });
  const leave = await gate.enter('a', NEVER);
  const waiting = gate.enter('a', NEVER);

  await t.rejects(gate.enter('a', NEVER), { code: 'LK-OVERLOADED' });
  leave();
  (await waiting)();
  t.equal(gate.inFlight, 0);
});

t.test('a wait ends with its time or its signal', async (t) => {
  const gate = new Gate({ total: 1, perNamespace: 1, maxWaitMs: 1 });
  const leave = await gate.enter('a', NEVER);
  const controller = new AbortController();

  await t.rejects(gate.enter('b', NEVER), { code: 'LK-OVERLOADED' });
  const aborted = gate.enter('c', controller.signal);
  controller.abort();
  await t.rejects(aborted, { code: 'LK-OVERLOADED' });
  leave();

  t.equal(gate.inFlight, 0);
  (await gate.enter('d', NEVER))();
});
