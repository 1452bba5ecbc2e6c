import t from 'tap';
import { LatchkeyError } from '../../src/errors.ts';
import type { Code } from '../../src/errors.ts';
import { ask } from '../../src/fetch/ask.ts';
import type { AskOptions } from '../../src/fetch/ask.ts';
import type { Fetched } from '../../src/request/evaluate.ts';
import type { Address, Item } from '../../src/request/plan.ts';
import { SecretValue } from '../../src/secret-value.ts';
import type { Resolver } from '../../src/stores/resolver.ts';
import { bulk, ssm, wish } from '../support/fetch-pod.ts';

/** A value, or the code of an error. */
type Script = Readonly<Record<string, readonly string[]>>;

interface World {
  readonly options: AskOptions;
  /** The names of each call of the resolver. */
  readonly asked: (readonly string[])[];
  readonly waited: number[];
  readonly stop: AbortController;
}

/** A resolver that answers each name by its script, one entry a try: a value, or the code of an error. */
function world(script: Script, deadline = 60_000): World {
  const asked: (readonly string[])[] = [];
  const waited: number[] = [];
  const stop = new AbortController();
  const tries = new Map<string, number>();
  let now = 0;
  const answer = ({ name }: Address): Fetched | LatchkeyError => {
    const turn = tries.get(name) ?? 0;
    tries.set(name, turn + 1);
    const answers = script[name] ?? [];
    const text = answers[Math.min(turn, answers.length - 1)] ?? 'LK-NOT-FOUND';
    return isCode(text) ? new LatchkeyError(text, 'no answer') : fetched(name, text);
  };
  const resolver: Pick<Resolver, 'resolve'> = {
    async resolve(addresses) {
      asked.push(addresses.map(({ name }) => name));
      const answers = new Map(addresses.map((address) => [address.name, answer(address)]));
      const one = ({ name }: Address): Fetched | LatchkeyError =>
        answers.get(name) ?? new LatchkeyError('LK-INTERNAL', 'not asked');
      return {
        one,
        many(address) {
          const found = one(address);
          return found instanceof LatchkeyError ? found : [{ ...found, name: `${address.name}/member` }];
        },
      };
    },
  };
  const options: AskOptions = {
    openResolver: () => resolver,
    session: {
      identity: {
        kind: 'container',
        namespace: 'shop',
        serviceAccount: 'web',
        serviceAccountUid: '',
        audience: '',
        roleChain: [],
      },
      credentials: () => Promise.reject(new Error('not used')),
      forget: () => {},
    },
    clock: { now: () => now, wall: () => now },
    random: () => 0.5,
    sleep: async (ms) => {
      waited.push(ms);
      now += ms;
    },
    deadline,
    signal: stop.signal,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  };
  return { options, asked, waited, stop };
}

function isCode(text: string): text is Code {
  return text.startsWith('LK-');
}

function fetched(name: string, text: string): Fetched {
  return { value: new SecretValue(text), version: '1', arn: '', name };
}

function plan(...items: readonly Item[]): { readonly items: readonly Item[]; readonly bulks: [] } {
  return { items, bulks: [] };
}

const A = wish('env', 'A', ssm('/a'));
const B = wish('env', 'B', ssm('/b'));

t.test('what is there at once is asked once', async (t) => {
  const { options, asked, waited } = world({ '/a': ['1'], '/b': ['2'] });

  const result = await ask(plan(A, B), options);

  t.match(result, { kind: 'values', evaluated: { problems: [] } });
  t.equal(result.kind === 'values' && result.evaluated.filled.length, 2);
  t.same(asked, [['/a', '/b']]);
  t.same(waited, []);
});

t.test('only what is missing is asked again, after longer and longer waits', async (t) => {
  const { options, asked, waited } = world({
    '/a': ['1'],
    '/b': ['LK-THROTTLED', 'LK-TIMEOUT', 'LK-AWS-AWAY', '2'],
  });

  const result = await ask(plan(A, B), options);

  t.equal(result.kind, 'values');
  t.same(asked, [['/a', '/b'], ['/b'], ['/b'], ['/b']]);
  t.same(waited, [125, 250, 500]);
});

t.test('a definite refusal ends it, with everything that is wrong', async (t) => {
  const { options, asked } = world({ '/a': ['LK-DENIED'], '/b': ['LK-THROTTLED'] });

  const result = await ask(plan(A, B), options);

  t.match(result, {
    kind: 'problems',
    again: false,
    problems: [{ code: 'LK-DENIED' }, { code: 'LK-THROTTLED' }],
  });
  t.equal(asked.length, 1);
});

t.test('what recovers, but not by waiting a moment, is definite', async (t) => {
  const { options } = world({});

  t.match(await ask(plan(A), options), {
    kind: 'problems',
    again: false,
    problems: [{ code: 'LK-NOT-FOUND' }],
  });
});

t.test('it gives up where the next wait would pass the deadline', async (t) => {
  const { options, asked, waited } = world({ '/a': ['LK-AWS-AWAY'] }, 1000);

  const result = await ask(plan(A), options);

  t.match(result, { kind: 'problems', again: true, problems: [{ code: 'LK-AWS-AWAY', place: 'env A' }] });
  t.same(waited, [125, 250, 500]);
  t.equal(asked.length, 4);
});

t.test(
  'an optional value that does not exist is no reason to ask again, one without an answer is',
  async (t) => {
    const optional = [
      wish('env', 'A', ssm('/a', { optional: true })),
      wish('env', 'B', ssm('/b', { optional: true })),
    ];
    const { options, asked } = world({ '/b': ['LK-TIMEOUT', '2'] });

    const result = await ask(plan(...optional), options);

    t.equal(result.kind === 'values' && result.evaluated.filled.length, 1);
    t.same(asked, [['/a', '/b'], ['/b']]);
  },
);

t.test('a last try that the deadline cut short does not hide what the one before it saw', async (t) => {
  const { options } = world({ '/a': ['LK-THROTTLED', 'LK-TIMEOUT'] }, 200);
  let now = 0;
  const clock = { now: () => now, wall: () => now };
  const sleep: AskOptions['sleep'] = async () => {
    now = 200;
  };

  const result = await ask(plan(A), { ...options, clock, sleep });

  t.match(result, { kind: 'problems', again: true, problems: [{ code: 'LK-THROTTLED' }] });
});

t.test('members below a path are asked again like everything else', async (t) => {
  const { options, asked } = world({ '/all': ['LK-AWS-AWAY', 'x'] });
  const bulks = [bulk('file', ssm('/all', { address: { below: 'one-level' } }))];

  const result = await ask({ items: [], bulks }, options);

  t.equal(result.kind, 'values');
  t.same(asked, [['/all'], ['/all']]);
});

t.test('told to stop, it stops without a word on what was missing', async (t) => {
  const { options, stop } = world({ '/a': ['LK-AWS-AWAY'] });
  const sleep: AskOptions['sleep'] = async () => stop.abort('SIGTERM');

  t.same(await ask(plan(A), { ...options, sleep }), { kind: 'stopped' });
});
