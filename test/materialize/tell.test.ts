import t from 'tap';

import { LatchkeyError, ProblemsError } from '../../src/errors.ts';
import type { NewEvent } from '../../src/kubernetes/kubernetes.ts';
import type { Candidate } from '../../src/materialize/candidate.ts';
import { createTell } from '../../src/materialize/tell.ts';
import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { testClock } from '../support/test-clock.ts';

const DENIED = new LatchkeyError('LK-DENIED', 'access denied', 'Allow it.');

function start(createEvent: (event: NewEvent) => Promise<void> = async () => {}) {
  const events: NewEvent[] = [];
  const lines: Record<string, unknown>[] = [];
  const clock = testClock();
  const metrics = createControllerMetrics({ processMetrics: false });
  const tell = createTell({
    kubernetes: {
      async createEvent(event) {
        events.push(event);
        await createEvent(event);
      },
    },
    clock,
    log: createLog('info', { write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
  });
  const count = async (name: string): Promise<string | undefined> =>
    new RegExp(`^latchkey_controller_${name} (\\d+)$`, 'm').exec((await metrics.scrape()).text)?.[1];
  return { tell, events, lines, clock, count };
}

function candidate(name = 'db'): Candidate {
  return {
    definition: {
      kind: 'eso',
      apiVersion: 'external-secrets.io/v1',
      objectKind: 'ExternalSecret',
      namespace: 'shop',
      name,
      uid: `uid-${name}`,
    },
    secretName: name,
    isMarked: true,
    stores: [],
    refresh: { kind: 'default' },
  };
}

t.test('a failure is one Event on the definition, one line and a count', async (t) => {
  const { tell, events, lines, count } = start();

  tell.failed(candidate(), DENIED);
  tell.failed(candidate(), DENIED);

  t.strictSame(events, [
    {
      namespace: 'shop',
      type: 'Warning',
      reason: 'NotMaterialized',
      message: 'latchkey: secret "db": access denied [LK-DENIED]. Allow it.',
      regarding: {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        name: 'db',
        uid: 'uid-db',
      },
    },
  ]);
  t.match(lines, [{ namespace: 'shop', name: 'db', codes: ['LK-DENIED'] }]);
  t.equal(lines.length, 1);
  t.equal(await count('definitions_not_materialized'), '1');
});

t.test('all that is wrong with a definition is told together', async (t) => {
  const { tell, events } = start();
  const problem = { place: 'spec', field: 'spec', message: 'is wrong', remedy: 'Put it right.' };

  tell.failed(
    candidate(),
    new ProblemsError([
      { ...problem, code: 'LK-DEFINITION' },
      { ...problem, code: 'LK-POLICY' },
    ]),
  );

  t.match(events[0]?.message, '[LK-DEFINITION]');
  t.match(events[0]?.message, '[LK-POLICY]');
});

t.test('another reason is news, and so is the same one before its Event is forgotten', async (t) => {
  const { tell, events, clock } = start();

  tell.failed(candidate(), DENIED);
  tell.failed(candidate(), new LatchkeyError('LK-NOT-FOUND', 'it is not there'));
  clock.advance(59 * 60_000);
  tell.failed(candidate(), new LatchkeyError('LK-NOT-FOUND', 'it is not there'));

  t.equal(events.length, 3);
});

t.test('a definition that changes its mind all the time gets so many Events, and no more', async (t) => {
  const { tell, events, lines, clock } = start();
  for (let at = 0; at < 50; at += 1) {
    tell.kept(candidate(), { outcome: 'updated', warnings: [] });
    tell.failed(candidate(), DENIED);
    tell.forget(candidate());
  }

  t.equal(events.length, 10);
  t.equal(lines.length, 100, 'the log has all');
  tell.failed(candidate('other'), DENIED);
  t.equal(events.length, 11);
  clock.advance(5 * 60_000);
  tell.failed(candidate(), DENIED);
  tell.kept(candidate(), { outcome: 'updated', warnings: [] });

  t.equal(events.length, 12);
});

t.test('what is made is told once, and ends what failed', async (t) => {
  const { tell, events, count } = start();
  tell.failed(candidate(), DENIED);

  tell.kept(candidate(), { outcome: 'made', warnings: [] });
  tell.kept(candidate(), { outcome: 'unchanged', warnings: [] });

  t.match(events.slice(1), [
    { type: 'Normal', reason: 'Materialized', message: 'latchkey: Secret "db" was made' },
  ]);
  t.equal(await count('definitions_not_materialized'), '0');
  tell.failed(candidate(), DENIED);
  t.equal(events.length, 3, 'the same failure is news then');
});

t.test(
  "a Secret of nobody's is left alone with one Warning; one of another controller's without",
  async (t) => {
    const { tell, events } = start();

    tell.kept(candidate(), { outcome: 'left-alone', warnings: ['Secret "db" belongs to nobody'] });
    tell.kept(candidate(), { outcome: 'left-alone', warnings: ['Secret "db" belongs to nobody'] });
    tell.kept(candidate('other'), { outcome: 'left-alone', warnings: [] });

    t.match(events, [
      { type: 'Warning', reason: 'SecretLeftAlone', message: 'latchkey: Secret "db" belongs to nobody' },
    ]);
    t.equal(events.length, 1);
  },
);

t.test('a definition that goes is not counted any more', async (t) => {
  const { tell, count } = start();
  tell.failed(candidate(), DENIED);

  tell.forget(candidate());

  t.equal(await count('definitions_not_materialized'), '0');
});

t.test('of an error that is not ours only its kind is told, and no Event', async (t) => {
  const { tell, events, lines } = start();

  tell.failed(candidate(), new TypeError('canary-hunter2'));

  t.strictSame(events, []);
  t.match(lines[0], { level: 'error' });
  t.notMatch(JSON.stringify(lines), 'hunter2');
});

t.test('an Event that cannot be written fails nothing', async (t) => {
  const { tell, lines } = start(async () => {
    throw new LatchkeyError('LK-KUBERNETES', 'may not');
  });

  tell.failed(candidate(), DENIED);
  await new Promise((resolve) => setImmediate(resolve));

  t.match(lines.at(-1), { msg: 'event not written', code: 'LK-KUBERNETES' });
});
