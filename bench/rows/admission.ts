// Admissions per second, beside the floor: memory, secret with the revision known, refusals while AWS is dead. The
// contestants take turns, round by round, and each round of ours is compared with the floor's in the same round.

import { startDoubles, type Doubles } from '../doubles-process.ts';
import { startFloor } from '../floor-process.ts';
import { openLoad, type Load } from '../load.ts';
import type { Bench } from '../run.ts';
import { processorSeconds } from '../process-facts.ts';
import { exampleAnnotations, reviewRequest } from '../reviews.ts';
import { checkOfRounds, type Check, type Row } from '../row.ts';
import { startServe } from '../serve-process.ts';
import { median, percentile, ratios } from '../statistics.ts';
import type { Target } from '../target.ts';

const CONNECTIONS = 20;
/** Requests that differ in their uid; more would only cost the load its cache. */
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
  /** The share of one processor that the server used. */
  readonly busy: number;
}

export async function admission({ workspace, sizes }: Bench): Promise<readonly Row[]> {
  const [alive, dead] = await Promise.all([startDoubles(), startDoubles()]);
  const [serve, serveDead] = await Promise.all([startServe(workspace, alive), startServe(workspace, dead)]);
  await dead.ask({ kind: 'dead' });
  const memory = await requestsOf(alive, 'memory');
  // The same bytes as a real answer: sending them is a part of what the least webhook does.
  const patch = await patchOf(serve, memory);
  const floor = await startFloor({ ...workspace.pem, ca: workspace.ca, patch });
  const contestants: Readonly<Record<Name, Contestant>> = {
    floor: await contestant(floor, memory, '"allowed":true'),
    memory: await contestant(serve, memory, '"allowed":true,"patchType"'),
    secret: await contestant(serve, await requestsOf(alive, 'secret'), '"allowed":true,"patchType"'),
    refusals: await contestant(serveDead, await requestsOf(dead, 'secret'), '"reason":"LK-'),
  };

  for (const name of NAMES) await round(contestants[name], sizes.warmUpSeconds);
  const rounds = new Map<Name, Round[]>(NAMES.map((name) => [name, []]));
  for (let n = 0; n < sizes.rounds; n += 1) {
    const order = n % 2 === 0 ? NAMES : NAMES.toReversed();
    for (const name of order) rounds.get(name)?.push(await round(contestants[name], sizes.roundSeconds));
  }

  for (const { load } of Object.values(contestants)) load.close();
  await Promise.all([serve, serveDead, floor, alive, dead].map((process) => process.stop()));
  const of = (name: Name): Rounds => byNumber(rounds.get(name) ?? []);
  return rowsOf(of);
}

type Rounds = Readonly<Record<keyof Round, readonly number[]>>;

function byNumber(rounds: readonly Round[]): Rounds {
  return {
    perSecond: rounds.map(({ perSecond }) => perSecond),
    p99: rounds.map(({ p99 }) => p99),
    busy: rounds.map(({ busy }) => busy),
  };
}

function rowsOf(of: (name: Name) => Rounds): readonly Row[] {
  const floor = of('floor');
  const throughput = (name: Name, label: string, bar: number): Check =>
    checkOfRounds(
      { label, unit: 'percent', bar: { kind: 'at least', value: bar } },
      ratios(of(name).perSecond, floor.perSecond),
    );
  const p99: Check = checkOfRounds(
    { label: 'memory admission, p99 by the floor’s', unit: 'times', bar: { kind: 'at most', value: 3 } },
    ratios(of('memory').p99, floor.p99),
  );
  return [
    {
      name: 'memory',
      checks: [throughput('memory', 'memory admission, reviews/s of the floor’s', 0.7), p99],
      notes: [`floor ${plain(floor)}`, `memory ${plain(of('memory'))}`],
    },
    {
      name: 'secret',
      checks: [throughput('secret', 'secret admission, revision known, reviews/s of the floor’s', 0.5)],
      notes: [plain(of('secret'))],
    },
    {
      name: 'refusals',
      checks: [throughput('refusals', 'refusals while AWS is dead, reviews/s of the floor’s', 0.5)],
      notes: [plain(of('refusals'))],
    },
  ];
}

function plain({ perSecond, p99, busy }: Rounds): string {
  const rate = median(perSecond).toFixed(0);
  return `${rate} reviews/s, p99 ${median(p99).toFixed(1)} ms, server at ${(median(busy) * 100).toFixed(0)} % of a processor`;
}

async function requestsOf(doubles: Doubles, delivery: 'secret' | 'memory'): Promise<readonly Buffer[]> {
  const namespace = 'shop';
  const serviceAccount = 'test-app';
  await doubles.ask({ kind: 'account', namespace, name: serviceAccount });
  const name = `test-app-${delivery}`;
  const uid = await doubles.ask({ kind: 'owner', namespace, name });
  const spec = { namespace, serviceAccount, owner: { name, uid }, annotations: exampleAnnotations(delivery) };
  return Array.from({ length: REQUESTS }, () => reviewRequest({ ...spec, hash: '6d4cf56db6' }));
}

async function contestant(
  target: Target,
  requests: readonly Buffer[],
  expected: string,
): Promise<Contestant> {
  return { target, load: await openLoad(target, CONNECTIONS), requests, expected };
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
  const busy = (processorSeconds(target.pid) - before) / result.seconds;
  return { perSecond: result.requests / result.seconds, p99: percentile(result.latencies, 0.99), busy };
}

async function patchOf(target: Target, requests: readonly Buffer[]): Promise<string> {
  const load = await openLoad(target, 1);
  const answers: string[] = [];
  await load.run(() => (answers.length === 0 ? requests[0] : undefined), '"allowed":true', (answer) => answers.push(answer));
  load.close();
  const patch = /"patch":"([^"]+)"/.exec(answers[0] ?? '')?.[1];
  if (patch === undefined) throw new Error(`no patch in the answer: ${answers[0] ?? ''}`);
  return patch;
}
