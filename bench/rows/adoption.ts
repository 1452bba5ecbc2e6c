// A roll-out over definitions that people already have, counted at the doubles, beside what the controllers that they were
// written for ask AWS.

import { startDoubles } from '../doubles-process.ts';
import { ROLL_OUT, rollOutAtOnce } from '../roll-out-load.ts';
import { checkOf, type Bench, type Check, type Row } from '../row.ts';
import { startServe } from '../serve-process.ts';

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
  await doubles.ask({ kind: 'definition', namespace: ROLL_OUT.namespace, name: 'db', of });
  const { requests, seconds, counts } = await rollOutAtOnce({
    ...{ doubles, serve, pods: sizes.rollOutPods },
    pod: { annotations: {}, secrets },
    accepted: '"allowed":true',
  });
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
