// Many roll-outs of many service accounts: calls grow with revisions, references and started --cache-ttl intervals, and not
// with pods. The same roll-outs are played with one pod and with ten pods each, against fresh processes.

import { startDoubles, type Counts } from '../doubles-process.ts';
import { openLoad } from '../load.ts';
import { reviewRequest, twelveReferences, type PodSpec } from '../reviews.ts';
import { checkOf, type Bench, type Row } from '../row.ts';
import { startServe, type ServeProcess } from '../serve-process.ts';
import type { Doubles } from '../doubles-process.ts';

const CONNECTIONS = 50;
const NAMESPACE = 'shop';
const FEW_PODS = 1;
const MANY_PODS = 10;
/** GetParameters for eight parameters, and GetSecretValue for each of four secrets. */
const CALLS_A_REVISION = 5;

const TTL_SECONDS = 1;
const STEADY_SECONDS = 3.5;

export async function manyRollOuts(bench: Bench): Promise<readonly Row[]> {
  const { accounts, rollOutsEach } = bench.sizes;
  const revisions = accounts * rollOutsEach;
  const few = await play(bench, FEW_PODS);
  const many = await play(bench, MANY_PODS);
  const steady = await keepComing(bench);
  const label = `${accounts} accounts × ${rollOutsEach} roll-outs`;
  const exactly = (what: string, unit: 'count' | 'times', value: number) =>
    ({ label: `${label}: ${what}`, unit, bar: { kind: 'exactly', value } }) as const;
  return [
    {
      name: 'many roll-outs',
      checks: [
        checkOf(
          exactly(`calls with ${MANY_PODS} pods each, by those with ${FEW_PODS}`, 'times', 1),
          many.awsCalls / few.awsCalls,
        ),
        checkOf(
          exactly('calls for values a revision', 'count', CALLS_A_REVISION),
          (many.getParameters + many.getSecretValue) / revisions,
        ),
        checkOf(exactly('AssumeRoleWithWebIdentity an account', 'count', 1), many.assumeRole / accounts),
        checkOf(exactly('managed Secrets a revision', 'count', 1), many.secrets / revisions),
        checkOf(
          {
            label: 'one revision over several --cache-ttl: calls by started intervals',
            unit: 'times',
            bar: { kind: 'at most', value: 1 },
          },
          steady.calls / (CALLS_A_REVISION * steady.intervals),
        ),
      ],
      notes: [
        `${few.awsCalls} calls for ${revisions * FEW_PODS} pods, ${many.awsCalls} calls for ${revisions * MANY_PODS} pods`,
        `${steady.pods} pods of one revision over ${steady.intervals} intervals of ${TTL_SECONDS} s: ${steady.calls} calls for values`,
      ],
    },
  ];
}

/** Roll-out by roll-out: in each, every account has a new revision, and the pods of all of them come at once, mixed. */
async function play({ workspace, sizes, started }: Bench, pods: number): Promise<Counts> {
  const doubles = started(await startDoubles());
  const serve = started(await startServe(workspace, doubles));
  const accounts = Array.from({ length: sizes.accounts }, (_, n) => `app-${n}`);
  for (const name of accounts) await doubles.ask({ kind: 'account', namespace: NAMESPACE, name });
  const load = await openLoad(serve, CONNECTIONS);
  for (let rollOut = 0; rollOut < sizes.rollOutsEach; rollOut += 1) {
    const specs = await Promise.all(accounts.map((name) => revisionOf(doubles, name, rollOut)));
    const requests = Array.from({ length: pods }, () => specs.map(reviewRequest)).flat();
    await load.run(() => requests.pop(), '"allowed":true,"patchType"');
  }
  load.close();
  const counts = await doubles.counts();
  await stopAll(serve, doubles);
  return counts;
}

/** Pods of one revision, without pause, over several intervals of the cache's time to live. */
async function keepComing({ workspace, started }: Bench) {
  const doubles = started(await startDoubles());
  const serve = started(await startServe(workspace, doubles, { flags: ['--cache-ttl', `${TTL_SECONDS}s`] }));
  await doubles.ask({ kind: 'account', namespace: NAMESPACE, name: 'app' });
  const request = reviewRequest(await revisionOf(doubles, 'app', 1));
  const load = await openLoad(serve, 1);
  const until = performance.now() + STEADY_SECONDS * 1000;
  const { requests, seconds } = await load.run(
    () => (performance.now() < until ? request : undefined),
    '"allowed":true,"patchType"',
  );
  load.close();
  const { getParameters, getSecretValue } = await doubles.counts();
  await stopAll(serve, doubles);
  const intervals = Math.floor(seconds / TTL_SECONDS) + 1;
  return { pods: requests, intervals, calls: getParameters + getSecretValue };
}

async function revisionOf(doubles: Doubles, account: string, rollOut: number): Promise<PodSpec> {
  const name = `${account}-${rollOut}`;
  const uid = await doubles.ask({ kind: 'owner', namespace: NAMESPACE, name });
  return {
    namespace: NAMESPACE,
    serviceAccount: account,
    owner: { name, uid },
    hash: `r${rollOut}`,
    annotations: twelveReferences(),
  };
}

async function stopAll(serve: ServeProcess, doubles: Doubles): Promise<void> {
  await serve.stop();
  await doubles.stop();
}
