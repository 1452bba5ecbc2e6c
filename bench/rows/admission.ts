// Admissions per second, beside the floor: memory, secret with the revision known, refusals while AWS is dead. The
// contestants take turns, round by round, and each round of ours is compared with the floor's in the same round.

import { createAdmissionClient } from '../../test/support/admission-client.ts';
import { startDoubles, type Doubles } from '../doubles-process.ts';
import { startFloor } from '../floor-process.ts';
import { openLoad, type Load } from '../load.ts';
import { processorSeconds } from '../process-facts.ts';
import { exampleAnnotations, reviewBody, reviewRequest, type PodSpec } from '../reviews.ts';
import { checkOfRounds, type Bench, type Check, type Row } from '../row.ts';
import { startServe, type ServeProcess } from '../serve-process.ts';
import { median, percentile, ratios } from '../statistics.ts';
import type { Target } from '../target.ts';

const CONNECTIONS = 20;
/** Requests that differ in their uid; more would only cost the load its processor cache. */
const REQUESTS = 64;

const NAMES = ['floor', 'memory', 'secret', 'refusals'] as const;
type Name = (typeof NAMES)[number];

interface Contestant {
  readonly target: Target;
  readonly load: Load;
  readonly requests: readonly Buffer[];
  readonly expected: string;
}

interface Round {
  readonly perSecond: number;
  readonly p99: number;
  /** Processor time that the server used for one answer, in µs. */
  readonly micros: number;
}

/** The numbers of a contestant, round by round. */
type Rounds = Readonly<Record<keyof Round, readonly number[]>>;

export async function admission(bench: Bench): Promise<readonly Row[]> {
  const contestants = await gather(bench);
  const { rounds: count, warmUpSeconds, roundSeconds } = bench.sizes;
  for (const name of NAMES) await round(contestants[name], warmUpSeconds);
  const rounds: Record<Name, Round[]> = { floor: [], memory: [], secret: [], refusals: [] };
  for (let n = 0; n < count; n += 1) {
    const order = n % 2 === 0 ? NAMES : NAMES.toReversed();
    for (const name of order) rounds[name].push(await round(contestants[name], roundSeconds));
  }
  for (const { load } of Object.values(contestants)) load.close();
  return rowsOf((name) => byNumber(rounds[name]));
}

async function gather({ workspace, started }: Bench): Promise<Readonly<Record<Name, Contestant>>> {
  const alive = started(await startDoubles());
  const dead = started(await startDoubles());
  const serve = started(await startServe(workspace, alive));
  const serveDead = started(await startServe(workspace, dead));
  const memory = await podSpec(alive, 'memory');
  // The same bytes as in a real answer: sending them is a part of what the least webhook does.
  const patch = await patchFor(memory, serve);
  const floor = started(await startFloor({ ...workspace.pem, ca: workspace.ca, patch }));
  const patched = '"allowed":true,"patchType"';
  const refusals = await contestant(serveDead, await podSpec(dead, 'secret'), '"allowed":false');
  return {
    floor: await contestant(floor, memory, '"allowed":true'),
    memory: await contestant(serve, memory, patched),
    secret: await contestant(serve, await podSpec(alive, 'secret'), patched),
    refusals: await breakersOpen(refusals, dead, serveDead),
  };
}

const OPENING_SECONDS = 60;

/**
 * AWS dies, and reviews come until the breakers are open: three calls in a row to each store must first have run into their
 * time limit.
 */
async function breakersOpen(dead: Contestant, doubles: Doubles, serve: ServeProcess): Promise<Contestant> {
  await doubles.ask({ kind: 'dead' });
  const until = performance.now() + OPENING_SECONDS * 1000;
  while (performance.now() < until) {
    await round(dead, 1);
    const refused = /^latchkey_resolutions_total\{outcome="refused"\} (\d+)$/m.exec(
      await serve.metrics(),
    )?.[1];
    if (Number(refused) > 2 * CONNECTIONS) return dead;
  }
  throw new Error(`no circuit breaker opened within ${OPENING_SECONDS} s`);
}

async function podSpec(doubles: Doubles, delivery: 'secret' | 'memory'): Promise<PodSpec> {
  const namespace = 'shop';
  const serviceAccount = 'test-app';
  await doubles.ask({ kind: 'account', namespace, name: serviceAccount });
  const name = `test-app-${delivery}`;
  const uid = await doubles.ask({ kind: 'owner', namespace, name });
  const owner = { name, uid };
  return { namespace, serviceAccount, owner, hash: '6d4cf56db6', annotations: exampleAnnotations(delivery) };
}

async function contestant(target: Target, pod: PodSpec, expected: string): Promise<Contestant> {
  const requests = Array.from({ length: REQUESTS }, () => reviewRequest(pod));
  return { target, load: await openLoad(target, CONNECTIONS), requests, expected };
}

async function patchFor(pod: PodSpec, { url, ca }: Target): Promise<string> {
  const client = createAdmissionClient({ url, ca });
  const { text } = await client.post(reviewBody(pod));
  client.close();
  const patch = /"patch":"([^"]+)"/.exec(text)?.[1];
  if (patch === undefined) throw new Error(`an answer without a patch: ${text}`);
  return patch;
}

async function round({ target, load, requests, expected }: Contestant, seconds: number): Promise<Round> {
  const until = performance.now() + seconds * 1000;
  let sent = 0;
  const next = (): Buffer | undefined => {
    sent += 1;
    return performance.now() < until ? requests[sent % requests.length] : undefined;
  };
  const before = processorSeconds(target.pid);
  const result = await load.run(next, expected);
  const micros = ((processorSeconds(target.pid) - before) / result.requests) * 1e6;
  return { perSecond: result.perSecond, p99: percentile(result.latencies, 0.99), micros };
}

function byNumber(rounds: readonly Round[]): Rounds {
  return {
    perSecond: rounds.map(({ perSecond }) => perSecond),
    p99: rounds.map(({ p99 }) => p99),
    micros: rounds.map(({ micros }) => micros),
  };
}

function rowsOf(of: (name: Name) => Rounds): readonly Row[] {
  const floor = of('floor');
  const row = (name: Exclude<Name, 'floor'>, label: string, bar: number): Row => {
    const what = {
      label: `${label}: reviews/s`,
      unit: 'percent',
      bar: { kind: 'at least', value: bar },
    } as const;
    return {
      name,
      checks: [checkOfRounds(what, ratios(of(name).perSecond, floor.perSecond))],
      notes: [plain(of(name))],
    };
  };
  const memory = row('memory', 'memory admission', 0.7);
  const p99: Check = checkOfRounds(
    { label: 'memory admission: p99', unit: 'times', bar: { kind: 'at most', value: 3 } },
    ratios(of('memory').p99, floor.p99),
  );
  return [
    { ...memory, checks: [...memory.checks, p99], notes: [`the floor: ${plain(floor)}`, ...memory.notes] },
    row('secret', 'secret admission, revision known', 0.5),
    row('refusals', 'refusals while AWS is dead', 0.5),
  ];
}

function plain({ perSecond, p99, micros }: Rounds): string {
  const processor = `${median(micros).toFixed(0)} µs of processor time each`;
  return `${median(perSecond).toFixed(0)} reviews/s, p99 ${median(p99).toFixed(1)} ms, ${processor}`;
}
