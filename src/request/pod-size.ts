// How large a pod is looked at. Wishes are compared with the pod's containers, variables and mounts, so that a pod of which
// etcd could not store a tenth, which anyone who reaches the Service can send, would stop everybody else.

import type { Problem } from '../errors.ts';
import { LatchkeyError } from '../errors.ts';
import type { Pod } from './pod.ts';
import { problemAt } from './problems.ts';

const MOST = { containers: 1000, variables: 20_000, mounts: 2000 } as const;
const KINDS = ['containers', 'variables', 'mounts'] as const;

/** The problem of a pod that is larger than pods are. */
export function sizeProblem({ spec }: Pick<Pod, 'spec'>): Problem | undefined {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const sizes = {
    containers: containers.length,
    variables: containers.reduce((sum, { env = [] }) => sum + env.length, 0),
    mounts: containers.reduce((sum, { volumeMounts = [] }) => sum + volumeMounts.length, 0),
  };
  const what = KINDS.find((each) => sizes[each] > MOST[each]);
  if (what === undefined) return undefined;
  const error = new LatchkeyError(
    'LK-LIMIT',
    `the pod has ${sizes[what]} ${what}`,
    `At most ${MOST[what]} are looked at.`,
  );
  return problemAt({ label: 'pod', field: 'spec' }, error);
}
