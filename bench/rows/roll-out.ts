// One roll-out at full speed: what it costs in calls, counted at the doubles.

import { startDoubles } from '../doubles-process.ts';
import { openLoad } from '../load.ts';
import { reviewRequest, twelveReferences } from '../reviews.ts';
import { checkOf, type Bench, type Check, type Row } from '../row.ts';
import { startServe } from '../serve-process.ts';

/** More than an API server's controllers ever have under way: the first reviews all come before the first answer. */
const CONNECTIONS = 50;

export async function rollOut({ workspace, sizes, started }: Bench): Promise<readonly Row[]> {
  const doubles = started(await startDoubles());
  const serve = started(await startServe(workspace, doubles));
  const namespace = 'shop';
  const serviceAccount = 'test-app';
  await doubles.ask({ kind: 'account', namespace, name: serviceAccount });
  const name = 'test-app-1';
  const owner = { name, uid: await doubles.ask({ kind: 'owner', namespace, name }) };
  const pod = { namespace, serviceAccount, owner, hash: '6d4cf56db6', annotations: twelveReferences() };
  const load = await openLoad(serve, CONNECTIONS);
  await doubles.ask({ kind: 'forget' });

  let sent = 0;
  const next = (): Buffer | undefined => {
    sent += 1;
    return sent <= sizes.rollOutPods ? reviewRequest(pod) : undefined;
  };
  const { requests, seconds } = await load.run(next, '"allowed":true,"patchType"');
  load.close();

  const counts = await doubles.counts();
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
