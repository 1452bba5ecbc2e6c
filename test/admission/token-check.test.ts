import t, { type Test } from 'tap';
import { createTokenCheck, uncheckedBecause } from '../../src/admission/token-check.ts';
import { readServeConfig } from '../../src/config/serve-config.ts';
import { LatchkeyError } from '../../src/errors.ts';
import type { ForbiddenTokenOutcome, OwnTokens } from '../../src/kubernetes/kubernetes.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { logLines } from '../support/log-lines.ts';
import { turnedTime } from '../support/turned-time.ts';

const ACCOUNT = { namespace: 'latchkey', name: 'latchkey-serve' };
const MINUTE = 60_000;

interface SetUp {
  readonly account?: OwnTokens['ownAccount'];
  readonly mode?: 'required' | 'with-account';
}

/** A check whose API server answers as `says` does at that time. */
function setUp(t: Test, says: () => ForbiddenTokenOutcome, { account, mode = 'required' }: SetUp = {}) {
  const { clock, pause, advance } = turnedTime();
  const { log, messages, text } = logLines();
  const metrics = createMetrics({ processMetrics: false });
  const asked: { readonly atS: number; readonly audience: string }[] = [];
  const startMs = clock.now();
  const kubernetes: OwnTokens = {
    ownAccount: account ?? (async () => ACCOUNT),
    requestForbiddenToken: async (_account, audience) => {
      asked.push({ atS: (clock.now() - startMs) / 1000, audience });
      return says();
    },
  };
  const check = createTokenCheck({ kubernetes, mode, pause, log, metrics });
  const stop = new AbortController();
  const done = check.run(stop.signal);
  t.teardown(async () => {
    stop.abort();
    await done;
  });
  return {
    check,
    advance,
    messages,
    text,
    times: () => asked.map(({ atS }) => atS),
    audiences: () => new Set(asked.map(({ audience }) => audience)),
    metric: async () =>
      /^latchkey_token_check_passed (\d)$/m.exec((await metrics.scrape()).text)?.[1] ?? 'none',
  };
}

function away(): never {
  throw new LatchkeyError('LK-KUBERNETES', 'the API server cannot be reached');
}

t.test('it is ready once the token was refused, and asks again every five minutes', async (t) => {
  const { check, advance, messages, times, audiences, metric } = setUp(t, () => 'refused');
  t.equal(check.ready(), 'not made yet');

  await advance(11 * MINUTE);

  t.equal(check.ready(), undefined);
  t.same(messages(), ['token check passed'], 'told once');
  t.same(times(), [0, 300, 600]);
  t.same([...audiences()], ['must-be-refused.latchkey.dev']);
  t.equal(await metric(), '1');
});

t.test('while the token is handed out it is not ready, and says so once with the remedy', async (t) => {
  let outcome: ForbiddenTokenOutcome = 'granted';
  const { check, advance, messages, text, times, metric } = setUp(t, () => outcome);

  await advance(2 * MINUTE);

  t.equal(
    check.ready(),
    'the API server handed out a token for audience "must-be-refused.latchkey.dev" that a policy must refuse [LK-TOKEN-CHECK]',
  );
  t.same(messages(), ['token check failed']);
  t.match(text(), /"level":"error".*LK-TOKEN-CHECK.*"remedy":"Install .*latchkey:latchkey-serve/);
  t.same(times(), [0, 1, 3, 7, 15, 31, 61, 91], 'soon at first, then twice a minute');
  t.equal(await metric(), '0');

  outcome = 'refused';
  await advance(MINUTE / 2);
  t.equal(check.ready(), undefined, 'by itself');
  t.same(messages(), ['token check failed', 'token check passed']);
  t.equal(await metric(), '1');
});

t.test('a refusal by RBAC is none by a policy', async (t) => {
  const { check, advance, text, metric } = setUp(t, () => 'no-right');

  await advance(0);

  t.match(check.ready(), /^RBAC refused .* \[LK-TOKEN-CHECK\]$/);
  t.match(text(), /Allow user .* to create serviceaccounts\/token .*--token-check=off/);
  t.equal(await metric(), '0');
});

t.test('a policy that goes later is told and counted, and pods are not left waiting', async (t) => {
  const outcomes: ForbiddenTokenOutcome[] = ['refused', 'granted', 'granted'];
  const { check, advance, messages, times, metric } = setUp(t, () => outcomes.shift() ?? 'refused');
  await advance(0);

  await advance(5 * MINUTE);

  t.equal(check.ready(), undefined);
  t.equal(await metric(), '0');
  await advance(MINUTE);
  t.same(messages(), ['token check passed', 'token check failed', 'token check passed']);
  t.same(times(), [0, 300, 301, 303]);
  t.equal(await metric(), '1');
});

t.test('an API server that does not answer proves nothing, and takes nothing away', async (t) => {
  let says: () => ForbiddenTokenOutcome = away;
  const { check, advance, messages, text } = setUp(t, () => says());

  await advance(MINUTE);

  t.equal(check.ready(), 'not made yet');
  t.same(messages(), ['token check not possible'], 'told once');
  t.match(text(), '"level":"warn"');

  says = () => 'refused';
  await advance(MINUTE);
  says = away;
  await advance(10 * MINUTE);
  t.equal(check.ready(), undefined);
  t.same(messages(), ['token check not possible', 'token check passed', 'token check not possible']);
});

t.test('a bug in it neither ends it nor shows its text', async (t) => {
  const { check, advance, text } = setUp(t, () => {
    throw new TypeError('canary');
  });

  await advance(MINUTE);

  t.equal(check.ready(), 'not made yet');
  t.notMatch(text(), 'canary');
});

t.test(
  'who calls as no service account is not checked outside a cluster, and not ready in one',
  async (t) => {
    const account = async () => undefined;
    const outside = setUp(t, () => 'refused', { account, mode: 'with-account' });
    const inside = setUp(t, () => 'refused', { account, mode: 'required' });

    await outside.advance(10 * MINUTE);
    await inside.advance(10 * MINUTE);

    t.equal(outside.check.ready(), undefined);
    t.same(outside.messages(), ['token check skipped']);
    t.match(outside.text(), '"reason":"Latchkey calls the API server as no service account"');
    t.equal(await outside.metric(), 'none', 'so that no alert comes of it');
    t.match(inside.check.ready(), /no service account.* \[LK-TOKEN-CHECK\]$/);
    t.same(inside.messages(), ['token check failed']);
    t.same([...outside.times(), ...inside.times()], []);
  },
);

t.test('it ends with the process, without a word', async (t) => {
  const { pause } = turnedTime();
  const { log, messages } = logLines();
  const stop = new AbortController();
  const kubernetes: OwnTokens = {
    ownAccount: async () => ACCOUNT,
    requestForbiddenToken: async () => {
      stop.abort();
      return away();
    },
  };
  const metrics = createMetrics({ processMetrics: false });

  await createTokenCheck({ kubernetes, mode: 'required', pause, log, metrics }).run(stop.signal);

  t.same(messages(), []);
});

const TLS = ['--tls-cert=c', '--tls-key=k', '--key-file=i'];
const CONFIGURED: readonly (readonly [flags: readonly string[], reason: string | undefined])[] = [
  [[], undefined],
  [['--token-check=required'], undefined],
  [['--token-check=off'], '--token-check=off'],
  [['--store-file=s'], 'with --store-file no token is requested'],
  [['--identity=controller', '--policy-file=p'], 'with --identity=controller no token is requested'],
];

for (const [flags, reason] of CONFIGURED) {
  t.test(
    `with ${flags.join(' ') || 'no flag'} it is ${reason === undefined ? 'made' : 'not needed'}`,
    async (t) => {
      t.equal(uncheckedBecause(readServeConfig([...TLS, ...flags], {})), reason);
    },
  );
}
