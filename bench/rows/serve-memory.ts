// What `latchkey serve` keeps resident: after some thousand reviews, and after ten times as many. Half of them are memory
// and half secret deliveries, for twenty service accounts, and every 500 reviews a new revision replaces an old one.

import { setTimeout as sleep } from 'node:timers/promises';
import { startDoubles, type Doubles } from '../doubles-process.ts';
import { openLoad, type Load } from '../load.ts';
import { residentBytes } from '../process-facts.ts';
import { exampleAnnotations, reviewRequest } from '../reviews.ts';
import { checkOf, type Bench, type Row } from '../row.ts';
import { startServe } from '../serve-process.ts';
import { median } from '../statistics.ts';

/**
 * What Node 26 sets itself in the chart's container (320 MiB): it takes its heap's bounds from the memory that it may use.
 * On a machine without a limit it lets the same heap grow before it collects.
 */
const IN_CONTAINER = ['--max-old-space-size=256', '--max-semi-space-size=1'];

const CONNECTIONS = 20;
const ACCOUNTS = 20;
const REVIEWS_A_REVISION = 500;
/** Revisions that roll out at the same time. */
const AT_ONCE = 10;

const SETTLE_MS = 1000;
const SAMPLES = 5;
const SAMPLE_MS = 100;

export async function serveMemory({ workspace, sizes, started }: Bench): Promise<readonly Row[]> {
  const { firstReviews, lastReviews } = sizes;
  const doubles = started(await startDoubles());
  const serve = started(await startServe(workspace, doubles, { nodeFlags: IN_CONTAINER }));
  const requests = await requestsOf(doubles, lastReviews / REVIEWS_A_REVISION + AT_ONCE);
  const load = await openLoad(serve, CONNECTIONS);
  const start = await settled(serve.pid);
  await send(load, requests, 0, firstReviews);
  const first = await settled(serve.pid);
  await send(load, requests, firstReviews, lastReviews);
  const last = await settled(serve.pid);
  load.close();
  const { peak } = residentBytes(serve.pid);
  return [
    {
      name: 'serve memory',
      checks: [
        checkOf(
          {
            label: `serve: resident after ${firstReviews} reviews`,
            unit: 'megabytes',
            bar: { kind: 'at most', value: 130e6 },
          },
          first,
        ),
        checkOf(
          {
            label: `serve: resident after ${lastReviews}, by that`,
            unit: 'times',
            bar: { kind: 'at most', value: 1.05 },
          },
          last / first,
        ),
      ],
      notes: [
        `${megabytes(start)} when ready, ${megabytes(first)} after ${firstReviews}, ${megabytes(last)} after ${lastReviews}, ${megabytes(peak)} at most`,
      ],
    },
  ];
}

/** One request for each revision: even ones for delivery secret, odd ones for memory. */
async function requestsOf(doubles: Doubles, count: number): Promise<readonly Buffer[]> {
  const namespace = 'shop';
  for (let n = 0; n < ACCOUNTS; n += 1) {
    await doubles.ask({ kind: 'account', namespace, name: `app-${n}` });
  }
  const revision = async (n: number): Promise<Buffer> => {
    const serviceAccount = `app-${n % ACCOUNTS}`;
    const name = `${serviceAccount}-${n}`;
    const owner = { name, uid: await doubles.ask({ kind: 'owner', namespace, name }) };
    const annotations = exampleAnnotations(n % 2 === 0 ? 'secret' : 'memory');
    return reviewRequest({ namespace, serviceAccount, owner, hash: `r${n}`, annotations });
  };
  return Promise.all(Array.from({ length: count }, (_, n) => revision(n)));
}

async function send(load: Load, requests: readonly Buffer[], from: number, to: number): Promise<void> {
  let review = from;
  const next = (): Buffer | undefined => {
    if (review === to) return undefined;
    const oldest = Math.floor(review / REVIEWS_A_REVISION);
    const request = requests[oldest + (review % AT_ONCE)];
    review += 1;
    return request;
  };
  await load.run(next, '"allowed":true,"patchType"');
}

/** Resident bytes a moment after the last answer. */
async function settled(pid: number): Promise<number> {
  await sleep(SETTLE_MS);
  const samples: number[] = [];
  for (let n = 0; n < SAMPLES; n += 1) {
    samples.push(residentBytes(pid).now);
    await sleep(SAMPLE_MS);
  }
  return median(samples);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
