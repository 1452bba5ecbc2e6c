// `latchkey fetch` as an init container runs it: from the start of the process to the files and its exit, beside a Node that
// does nothing. AWS is the double on loopback; the time that it takes itself is taken off.

import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeFetchPlan, type FetchPlan } from '../../src/delivery/fetch-plan.ts';
import { ENV_FILE, FETCH_PLAN_VARIABLE } from '../../src/names.ts';
import { compareSlots } from '../../src/request/slot.ts';
import { secret, ssm, wish } from '../../test/support/fetch-pod.ts';
import { PROGRAM, REGION } from '../constants.ts';
import { startDoubles, type Doubles } from '../doubles-process.ts';
import { peakBytes, runNode, timeOfNothing } from '../node-process.ts';
import { checkOf, checkOfRounds, type Bench, type Check, type Row } from '../row.ts';
import { median, ratios } from '../statistics.ts';

const address = { region: REGION };
const STORES = {
  'Parameter Store': [
    wish('env', 'USER', ssm('/bench/p0', { address })),
    wish('env', 'DATABASE_URL', 'postgres://app:', ssm('/bench/p1', { address }), '@db/app'),
    wish('file', 'tls.key', ssm('/bench/p2', { address })),
  ],
  'Secrets Manager': [
    wish('env', 'USER', secret('bench/s0', { address })),
    wish('env', 'DATABASE_URL', 'postgres://app:', secret('bench/s1', { address }), '@db/app'),
    wish('file', 'tls.key', secret('bench/s2', { address })),
  ],
} as const;
type StoreTitle = keyof typeof STORES;

interface Pod {
  readonly doubles: Doubles;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function fetchRow(bench: Bench): Promise<readonly Row[]> {
  const doubles = bench.started(await startDoubles());
  const titles = Object.keys(STORES) as StoreTitle[];
  const pods = new Map<StoreTitle, Pod>();
  for (const title of titles) pods.set(title, await podOf(bench, doubles, title));
  const nothing: number[] = [];
  const times = new Map<StoreTitle, number[]>(titles.map((title) => [title, []]));
  const peaks = new Map<StoreTitle, number>();
  for (const [title, pod] of pods) {
    peaks.set(title, Math.max(await peakOf(bench, pod), await peakOf(bench, pod)));
  }
  for (let n = 0; n < bench.sizes.processRounds; n += 1) {
    nothing.push(await timeOfNothing());
    for (const [title, pod] of pods) times.get(title)?.push(await ownTime(pod));
  }
  return [
    {
      name: 'fetch',
      checks: titles.flatMap((title) =>
        checksOf(title, times.get(title) ?? [], nothing, peaks.get(title) ?? 0),
      ),
      notes: [
        `node -e 0: ${median(nothing).toFixed(0)} ms`,
        ...titles.map(
          (title) => `${title}: ${median(times.get(title) ?? []).toFixed(0)} ms without AWS's own time`,
        ),
      ],
    },
  ];
}

function checksOf(
  title: string,
  times: readonly number[],
  nothing: readonly number[],
  peak: number,
): readonly Check[] {
  return [
    checkOfRounds(
      { label: `fetch, ${title}: process start to files`, unit: 'times', bar: { kind: 'at most', value: 4 } },
      ratios(times, nothing),
    ),
    checkOf(
      { label: `fetch, ${title}: resident, peak`, unit: 'megabytes', bar: { kind: 'at most', value: 80e6 } },
      peak,
    ),
  ];
}

async function podOf({ workspace }: Bench, doubles: Doubles, title: StoreTitle): Promise<Pod> {
  const directory = join(workspace.memory, title.replace(' ', '-'));
  await mkdir(directory);
  const roleArn = await doubles.ask({ kind: 'account', namespace: 'shop', name: 'app' });
  const tokenFile = join(directory, 'token');
  await writeFile(tokenFile, await doubles.ask({ kind: 'token', namespace: 'shop', name: 'app' }));
  const plan: FetchPlan = {
    version: 1,
    plan: {
      items: STORES[title].toSorted((a, b) => compareSlots(a.slot, b.slot)),
      bulks: [],
      fileMode: 0o444,
    },
    namespace: 'shop',
    serviceAccount: 'app',
    webIdentity: { roleArn, tokenFile },
    endpoint: doubles.awsUrl,
    filesRoot: join(directory, 'files'),
    pathsRoot: join(directory, 'paths'),
    envFile: join(directory, 'env', ENV_FILE),
    deadlineSeconds: 30,
  };
  return { doubles, directory, env: { [FETCH_PLAN_VARIABLE]: encodeFetchPlan(plan) } };
}

/** One run into empty volumes, without the time that AWS took, in ms. */
async function ownTime(pod: Pod): Promise<number> {
  await emptyVolumes(pod);
  await pod.doubles.ask({ kind: 'forget' });
  const ms = await runNode(argumentsOf(pod), pod.env);
  const { awsServingMs, awsCalls } = await pod.doubles.counts();
  if (awsCalls < 2) throw new Error(`fetch called AWS ${awsCalls} times`);
  await stat(join(pod.directory, 'files', 'tls.key'));
  return ms - awsServingMs;
}

async function peakOf({ workspace }: Bench, pod: Pod): Promise<number> {
  await emptyVolumes(pod);
  return peakBytes(workspace.directory, argumentsOf(pod), pod.env);
}

function argumentsOf({ directory }: Pod): readonly string[] {
  return [PROGRAM, 'fetch', '--termination-log', join(directory, 'termination-log')];
}

async function emptyVolumes({ directory }: Pod): Promise<void> {
  for (const volume of ['files', 'paths', 'env']) {
    await rm(join(directory, volume), { recursive: true, force: true });
    await mkdir(join(directory, volume));
  }
}
