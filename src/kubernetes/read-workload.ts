import { LatchkeyError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { quoted } from '../quote.ts';
import { apiPath, checkName, checkNamespace } from './api-path.ts';
import { connect, type KubernetesOptions } from './create-kubernetes.ts';
import { refusal } from './refusal.ts';
import { createTransport } from './transport.ts';

export interface WorkloadQuery {
  /** As people write it to kubectl: `deployment`, `deploy`, `statefulsets`, `sts`. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

const APPS = ['apis', 'apps', 'v1'];
const BATCH = ['apis', 'batch', 'v1'];
const CORE = ['api', 'v1'];

const KINDS: readonly { readonly path: readonly string[]; readonly names: readonly string[] }[] = [
  { path: [...APPS, 'deployments'], names: ['deployment', 'deploy'] },
  { path: [...APPS, 'replicasets'], names: ['replicaset', 'rs'] },
  { path: [...APPS, 'statefulsets'], names: ['statefulset', 'sts'] },
  { path: [...APPS, 'daemonsets'], names: ['daemonset', 'ds'] },
  { path: [...BATCH, 'jobs'], names: ['job'] },
  { path: [...BATCH, 'cronjobs'], names: ['cronjob', 'cj'] },
  { path: [...CORE, 'pods'], names: ['pod', 'po'] },
  { path: [...CORE, 'replicationcontrollers'], names: ['replicationcontroller', 'rc'] },
  { path: ['apis', 'argoproj.io', 'v1alpha1', 'rollouts'], names: ['rollout', 'ro'] },
];

const TIMEOUT_MS = 10_000;

/**
 * One workload as it is in the cluster, raw JSON, read with the rights of whoever runs the command; for `render`.
 *
 * @throws LatchkeyError LK-CONFIG for an unknown kind, LK-NAME, LK-KUBERNETES when it does not exist or cannot be read
 */
export async function readWorkload(query: WorkloadQuery, options: KubernetesOptions): Promise<unknown> {
  const { namespace, name } = query;
  const path = pathOf(query.kind);
  checkNamespace(namespace);
  checkName('workload', name);
  const resource = path.at(-1) ?? '';
  const send = createTransport(connect(options), { timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  const url = apiPath([...path.slice(0, -1), 'namespaces', namespace, resource, name]);
  const answer = await send({ method: 'GET', path: url, repeatable: true });
  if (answer.status === 200 && answer.body !== undefined) return answer.body;
  if (answer.status !== 404) throw refusal(answer, { verb: 'get', resource, namespace });
  const message = `${quoted(`${resource}/${name}`)} does not exist in namespace ${quoted(namespace)}`;
  throw new LatchkeyError('LK-KUBERNETES', message, 'Name another one, or its namespace with --namespace.');
}

function pathOf(kind: string): readonly string[] {
  const wanted = kind.toLowerCase();
  const found = KINDS.find(({ path, names }) => path.at(-1) === wanted || names.includes(wanted));
  if (found !== undefined) return found.path;
  const known = KINDS.flatMap(({ names }) => names.slice(0, 1));
  const near = nearest(wanted, known);
  const remedy = near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean ${quoted(near)}?`;
  throw new LatchkeyError('LK-CONFIG', `${quoted(kind)} is no kind of workload`, remedy);
}
