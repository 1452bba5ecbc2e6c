import type { Counts, Doubles } from './doubles-process.ts';
import { openLoad } from './load.ts';
import { reviewRequest, type PodSpec } from './reviews.ts';
import type { Target } from './target.ts';

/** More than an API server's controllers ever have under way: the first reviews all come before the first answer. */
const CONNECTIONS = 50;

export interface RollOut {
  readonly doubles: Doubles;
  readonly serve: Target;
  readonly pods: number;
  /** What all pods have in common; their owner is made. */
  readonly pod: Pick<PodSpec, 'annotations' | 'secrets'>;
  /** What every answer holds. */
  readonly accepted: string;
}

/** The place of all pods of a roll-out. */
export const ROLL_OUT = { namespace: 'shop', serviceAccount: 'test-app', name: 'test-app-1' } as const;

/** Sends the pods of one revision at full speed, and counts what that cost. */
export async function rollOutAtOnce({ doubles, serve, pods, pod, accepted }: RollOut): Promise<{
  readonly requests: number;
  readonly seconds: number;
  readonly counts: Counts;
}> {
  const { namespace, serviceAccount, name } = ROLL_OUT;
  await doubles.ask({ kind: 'account', namespace, name: serviceAccount });
  const owner = { name, uid: await doubles.ask({ kind: 'owner', namespace, name }) };
  const spec = { namespace, serviceAccount, owner, hash: '6d4cf56db6', ...pod };
  const load = await openLoad(serve, CONNECTIONS);
  await doubles.ask({ kind: 'forget' });

  let sent = 0;
  const next = (): Buffer | undefined => {
    sent += 1;
    return sent <= pods ? reviewRequest(spec) : undefined;
  };
  const { requests, seconds } = await load.run(next, accepted);
  load.close();
  return { requests, seconds, counts: await doubles.counts() };
}
