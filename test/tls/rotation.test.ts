import fc from 'fast-check';
import t from 'tap';
import { nextAuthorities } from '../../src/tls/next-authorities.ts';
import { isDue, nextStep, type Dated, type RotationState, type Seen } from '../../src/tls/rotation.ts';
import { look, NOTHING_SEEN, seenSince } from '../../src/tls/rotation-watch.ts';
import {
  AUTHORITY_MS,
  emptyCaSecret,
  failures,
  LEAF_MS,
  LIMITS,
  newCluster,
  newController,
  type Cluster,
} from './rotation-model.ts';

const NEVER: Seen = { published: new Map(), settled: 0 };

function dated(fingerprint: string, notBeforeMs: number, notAfterMs: number): Dated {
  return { fingerprint, notBeforeMs, notAfterMs };
}

function leaf(issuer: string | undefined, notAfterMs = 300) {
  return { ...dated('leaf', 0, notAfterMs), issuer, namesFit: true };
}

const OLD = dated('old', 0, 1000);
const NEW = dated('new', 500, 2000);
const step = (state: Partial<RotationState>, seen: Seen, wallMs: number): string =>
  nextStep({ previous: [], bundles: [], foreign: [], ...state }, seen, { ...LIMITS, wallMs }).kind;
const forLong = (...fingerprints: string[]): Seen => ({
  published: new Map(fingerprints.map((each) => [each, LIMITS.propagationMs])),
  settled: LIMITS.retentionMs,
});

t.test('the first installation goes from nothing to served without waiting', async (t) => {
  const cluster = newCluster(2, undefined);
  const controller = newController(cluster);
  const steps: string[] = [];
  for (let { step, act } = controller.decide(); step.kind !== 'idle'; { step, act } = controller.decide()) {
    act();
    steps.push(step.kind);
  }

  t.same(steps, ['make-authority', 'publish', 'issue']);
  t.same(failures({ ...cluster, nowMs: LIMITS.propagationMs }), []);
});

t.test('a new authority is published, then signs, and only then the old one goes', async (t) => {
  const bundles = (...each: string[]) => [new Set(each)];
  const due = { authority: OLD, leaf: leaf('old') };

  t.equal(step({ ...due, bundles: bundles('old') }, NEVER, 700), 'make-next');
  const both = { ...due, next: NEW };
  t.equal(step({ ...both, bundles: bundles('old') }, NEVER, 100), 'publish');
  t.equal(step({ ...both, bundles: bundles('old', 'new') }, NEVER, 100), 'idle', 'API servers learn');
  t.equal(step({ ...both, bundles: bundles('old', 'new') }, forLong('new'), 100), 'promote');
  const promoted = { authority: NEW, previous: [OLD], bundles: bundles('old', 'new') };
  const fresh = { published: forLong('new').published, settled: 0 };
  t.equal(step({ ...promoted, leaf: leaf('old') }, fresh, 100), 'issue');
  t.equal(step({ ...promoted, leaf: leaf('new') }, fresh, 100), 'idle', 'replicas learn');
  t.equal(step({ ...promoted, leaf: leaf('new') }, forLong('new'), 100), 'drop-previous');
  const dropped = { authority: NEW, leaf: leaf('new'), foreign: [OLD], bundles: bundles('old', 'new') };
  t.equal(step(dropped, forLong('new'), 100), 'publish');
});

t.test('a leaf that nears its end is renewed alone, at once', async (t) => {
  const state = { authority: OLD, bundles: [new Set(['old'])], leaf: leaf('old', 300) };

  t.equal(step(state, NEVER, 199), 'idle');
  t.equal(step(state, NEVER, 200), 'issue');
});

t.test('a leaf for other names is made anew', async (t) => {
  const state = { authority: OLD, bundles: [new Set(['old'])], leaf: { ...leaf('old'), namesFit: false } };

  t.equal(step(state, NEVER, 1), 'issue');
});

t.test('a leaf that ends with its authority is not made again and again', async (t) => {
  const state = { authority: OLD, next: NEW, bundles: [new Set(['old', 'new'])], leaf: leaf('old', 1000) };

  t.equal(step(state, NEVER, 999), 'idle');
});

t.test('what works no more is replaced without waiting', async (t) => {
  const bundles = [new Set(['old', 'new'])];

  t.equal(step({ authority: OLD, next: NEW, bundles, leaf: leaf('old') }, NEVER, 1000), 'promote');
  t.equal(
    step({ authority: NEW, previous: [OLD], bundles, leaf: leaf('old', 1500) }, NEVER, 1000),
    'issue',
    'the old authority has expired',
  );
  t.equal(
    step({ authority: NEW, bundles: [new Set(['new'])], leaf: leaf(undefined) }, NEVER, 600),
    'issue',
    'signed by nobody that anybody trusts',
  );
});

t.test('when the CA Secret was emptied, the new authority waits for API servers as well', async (t) => {
  const state = { authority: NEW, foreign: [OLD], bundles: [new Set(['new', 'old'])], leaf: leaf('old') };

  t.equal(step(state, NEVER, 100), 'idle');
  t.equal(step(state, forLong('new', 'old'), 100), 'issue');
});

t.test('a caBundle that somebody took away or added to is put right, webhook by webhook', async (t) => {
  const state = { authority: OLD, leaf: leaf('old') };

  t.equal(step({ ...state, bundles: [new Set(['old']), new Set()] }, NEVER, 1), 'publish');
  const added = { ...state, bundles: [new Set(['old', 'x'])], foreign: [dated('x', 0, 1000)] };
  t.equal(step(added, NEVER, 1), 'idle', 'it may be of another TLS mode, whose replicas still serve');
  t.equal(step(added, forLong('old'), 1), 'publish');
});

t.test('two thirds of a life are lived before it is renewed', async (t) => {
  t.notOk(isDue(dated('a', 0, 300), 199));
  t.ok(isDue(dated('a', 0, 300), 200));
});

t.test('what was seen counts only while it stays so', async (t) => {
  const state = { authority: OLD, previous: [], foreign: [], leaf: leaf('old') };
  const both = { ...state, bundles: [new Set(['old', 'new']), new Set(['old', 'new'])] };
  const one = { ...state, bundles: [new Set(['old', 'new']), new Set(['old'])] };

  const first = look(NOTHING_SEEN, both, 100);
  const broken = look(first, one, 200);
  const again = look(broken, both, 300);

  t.same([...seenSince(first, 150).published], [['old', 50], ['new', 50]]); // prettier-ignore
  t.same([...seenSince(again, 400).published], [['old', 300], ['new', 100]]); // prettier-ignore
  t.equal(seenSince(again, 400).settled, 300);
  t.equal(seenSince(look(again, { ...both, authority: NEW }, 500), 600).settled, 0);
});

t.test('steps that are not about authorities leave them alone', async (t) => {
  const before = { authority: OLD, previous: [] };

  t.equal(nextAuthorities<Dated, Dated>({ kind: 'issue' }, before, undefined), before);
  t.equal(nextAuthorities<Dated, Dated>({ kind: 'promote' }, before, undefined), before);
});

function authoritiesMade({ made }: Cluster): number {
  return [...made.values()].filter((each) => each.notAfterMs - each.notBeforeMs === AUTHORITY_MS).length;
}

function check(cluster: Cluster): void {
  const failed = failures(cluster);
  if (failed.length > 0) throw new Error(`${String(cluster.nowMs)}: ${failed.join(', ')}`);
}

/** One thing that happens. Controllers can sleep between deciding and doing, and several do so at once. */
const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('tick' as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('decide' as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('act' as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'empty' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40 }) }),
  },
);

t.test(
  'whatever happens in between, every leaf that may be served verifies with every caBundle that may be held',
  async (t) => {
    let renewals = 0;
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 200, maxLength: 600, size: 'max' }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        (events, webhooks, hasForeign) => {
          const cluster = newCluster(webhooks, hasForeign ? dated('foreign', -10, 100_000) : undefined);
          const controllers = [0, 1, 2].map(() => newController(cluster));
          let emptiedMs = 0;
          const decided = new Map<number, () => void>();
          const settle = (who: number): void => {
            // A look goes on until there is nothing to do, as the controller's does.
            for (let steps = 0; steps < 12; steps += 1) {
              const { step, act } = controllers[who]!.decide();
              act();
              if (step.kind === 'idle') return;
            }
          };
          settle(0);
          cluster.nowMs += LIMITS.propagationMs;
          for (const happens of events) {
            if (happens.kind === 'pass') {
              // In the worst case nobody has looked for as long as this; then somebody does.
              for (let ms = 0; ms < happens.ms; ms += 1) {
                cluster.nowMs += 1;
                check(cluster);
              }
              settle(0);
            } else if (happens.kind === 'tick') settle(happens.who);
            else if (happens.kind === 'empty') {
              // Whoever does it again and again leaves no authority the time to be trusted.
              if (cluster.nowMs - emptiedMs > LEAF_MS) emptyCaSecret(cluster);
              emptiedMs = cluster.nowMs;
            } else if (happens.kind === 'crash') controllers[happens.who]!.crash();
            else if (happens.kind === 'decide')
              decided.set(happens.who, controllers[happens.who]!.decide().act);
            else decided.get(happens.who)?.();
            check(cluster);
          }
          renewals += authoritiesMade(cluster) - 1;
        },
      ),
      // Made smaller, a failing case would take minutes; its seed is enough.
      { numRuns: 300, endOnFailure: true },
    );
    t.ok(renewals > 300, `authorities were renewed meanwhile: ${String(renewals)} times`);
  },
);

t.test('left alone, it renews for ever and keeps nothing that is old', async (t) => {
  const cluster = newCluster(2, dated('foreign', -10, 100_000));
  const controller = newController(cluster);
  for (; cluster.nowMs < 10 * AUTHORITY_MS; cluster.nowMs += 1) {
    for (let { step, act } = controller.decide(); step.kind !== 'idle'; { step, act } = controller.decide())
      act();
    if (cluster.nowMs >= LIMITS.propagationMs) check(cluster);
  }

  t.ok(authoritiesMade(cluster) >= 10);
  t.ok(cluster.webhooks.every(({ value }) => value.size <= 2 && !value.has('foreign')));
});
