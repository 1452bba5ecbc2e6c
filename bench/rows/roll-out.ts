// One roll-out at full speed: what it costs in calls, counted at the doubles.

import { startDoubles } from '../doubles-process.ts';
import { twelveReferences } from '../reviews.ts';
import { rollOutAtOnce } from '../roll-out-load.ts';
import { checkOf, type Bench, type Check, type Row } from '../row.ts';
import { startServe } from '../serve-process.ts';

export async function rollOut({ workspace, sizes, started }: Bench): Promise<readonly Row[]> {
  const doubles = started(await startDoubles());
  const serve = started(await startServe(workspace, doubles));
  const { requests, seconds, counts } = await rollOutAtOnce({
    ...{ doubles, serve, pods: sizes.rollOutPods },
    pod: { annotations: twelveReferences() },
    accepted: '"allowed":true,"patchType"',
  });
  const check = (label: string, measured: number, value: number): Check =>
    checkOf(
      { label: `roll-out of ${requests} pods: ${label}`, unit: 'count', bar: { kind: 'exactly', value } },
      measured,
    );
  return [
    {
      name: 'roll-out',
      checks: [
        check('AssumeRoleWithWebIdentity', counts.assumeRole, 1),
        check('GetParameters', counts.getParameters, 1),
        check('GetSecretValue', counts.getSecretValue, 4),
        check('all calls to AWS', counts.awsCalls, 6),
        check('managed Secrets', counts.secrets, 1),
      ],
      notes: [
        `${requests} reviews in ${seconds.toFixed(2)} s from a cold start; the API server was asked ${counts.kubernetesCalls} times (${counts.secretPosts} to create the Secret)`,
      ],
    },
  ];
}
