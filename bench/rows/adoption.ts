// A roll-out over definitions that people already have, counted at the doubles, beside what the controllers that they were
// written for ask AWS.

import { startDoubles } from '../doubles-process.ts';
import { openLoad } from '../load.ts';
import { reviewRequest } from '../reviews.ts';
import { checkOf, type Bench, type Check, type Row } from '../row.ts';
import { startServe } from '../serve-process.ts';

const CONNECTIONS = 50;

/** Each of the twelve keys is a call of its own, each time that the controller looks. */
const CALLS_PER_LOOK = 12;

const KINDS = [
  { of: 'kes', title: 'KES', secrets: ['db', 'db-secrets'], every: 'KES looks every 10 s' },
  { of: 'eso', title: 'ESO', secrets: ['db'], every: 'ESO looks every hour' },
] as const;

export async function adoption(bench: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const kind of KINDS) rows.push(await rollOut(bench, kind));
  return rows;
}

async function rollOut(
  { workspace, sizes, started }: Bench,
  { of, title, secrets, every }: (typeof KINDS)[number],
): Promise<Row> {
  const doubles = started(await startDoubles());
  const serve = started(await startServe(workspace, doubles, { flags: ['--adoption'] }));
  const [namespace, serviceAccount, name] = ['shop', 'test-app', 'test-app-1'];
  await doubles.ask({ kind: 'account', namespace, name: serviceAccount });
  await doubles.ask({ kind: 'definition', namespace, name: 'db', of });
  const owner = { name, uid: await doubles.ask({ kind: 'owner', namespace, name }) };
  const pod = { namespace, serviceAccount, owner, hash: '6d4cf56db6', annotations: {}, secrets };
  const load = await openLoad(serve, CONNECTIONS);
  await doubles.ask({ kind: 'forget' });

  let sent = 0;
  const next = (): Buffer | undefined => {
    sent += 1;
    return sent <= sizes.rollOutPods ? reviewRequest(pod) : undefined;
  };
  const { requests, seconds } = await load.run(next, '"allowed":true');
  load.close();

  const counts = await doubles.counts();
  const check = (label: string, measured: number, value: number): Check =>
    checkOf(
      {
        label: `${requests} pods on ${title} definitions: ${label}`,
        unit: 'count',
        bar: { kind: 'exactly', value },
      },
      measured,
    );
  return {
    name: `adoption, ${title}`,
    checks: [
      check('AssumeRoleWithWebIdentity', counts.assumeRole, 1),
      check('GetParameters', counts.getParameters, 1),
      check('GetSecretValue', counts.getSecretValue, 4),
      check('all calls to AWS', counts.awsCalls, 6),
      check('Secrets', counts.secrets, secrets.length),
    ],
    notes: [
      `${requests} reviews in ${seconds.toFixed(2)} s; the API server was asked ${counts.kubernetesCalls} times. ${every}: ${CALLS_PER_LOOK} calls each time, and more to assume a role, whether or not a pod starts`,
    ],
  };
}
