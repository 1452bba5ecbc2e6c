// A roll-out of a whole cluster: 1,000 pods of ten Deployments, through the controller manager, two replicas and the chart's
// own limits. What it costs AWS, and what it leaves behind.

import t from 'tap';

import type { AwsCall } from '../../../support/aws-request.ts';
import { startAws } from '../../support/aws.ts';
import { eventually } from '../../support/eventually.ts';
import { startInstallationOn } from '../../support/installation.ts';
import { deployment, secretsOf } from '../../support/objects.ts';

const DEPLOYMENTS = 10;
const PODS_EACH = 100;
const PARAMETERS = 8;
const SECRETS = 4;
/** For each Deployment, replica and started `--cache-ttl`; docs/performance.md. */
const MOST_CALLS: Readonly<Record<string, number>> = {
  'sts:AssumeRoleWithWebIdentity': 1,
  'ssm:GetParameters': 1,
  'secretsmanager:GetSecretValue': SECRETS,
};
const CACHE_TTL_MS = 30_000;
const LIMIT_MS = 180_000;

const aws = await startAws();
const installation = await startInstallationOn(aws, { replicas: 2, controller: true });
t.teardown(() => installation.close());
const { api, replicas } = installation;
const namespace = await installation.namespace();
const names = Array.from({ length: DEPLOYMENTS }, (_, index) => `app-${String(index)}`);

/** Twelve references of its own. */
async function asksOf(name: string): Promise<Readonly<Record<string, string>>> {
  // Asking ahead at `kubectl apply` has a cost of its own.
  const asks: Record<string, string> = { 'latchkey.dev/preflight': 'off' };
  for (let index = 0; index < PARAMETERS; index += 1) {
    await aws.putParameter(`/${name}/p${String(index)}`, `canary-${name}`);
    asks[`latchkey.dev/env.P${String(index)}`] = `ssm:/${name}/p${String(index)}`;
  }
  for (let index = 0; index < SECRETS; index += 1) {
    await aws.putSecret(`${name}/s${String(index)}`, `canary-${name}`);
    asks[`latchkey.dev/env.S${String(index)}`] = `secretsmanager:${name}/s${String(index)}`;
  }
  return asks;
}

/** The Deployment that a call is about: its role, its parameters and its secrets bear its name. */
function ownerOf({ names: [asked = ''] }: AwsCall): string {
  return /app-\d+/.exec(asked)?.[0] ?? '';
}

t.test(`${String(DEPLOYMENTS * PODS_EACH)} pods cost AWS a few calls for each Deployment`, async (t) => {
  const workloads = [];
  for (const name of names) {
    await namespace.account(name);
    const annotations = await asksOf(name);
    workloads.push(deployment({ name, replicas: PODS_EACH, annotations, serviceAccount: name }));
  }

  const began = performance.now();
  await Promise.all(workloads.map((workload) => api.create(`${namespace.apps}/deployments`, workload)));
  const full = async (): Promise<boolean> => {
    const sets = await api.list(`${namespace.apps}/replicasets`);
    return sets.filter(({ status }) => status.replicas === PODS_EACH).length === DEPLOYMENTS;
  };
  await eventually(full, 'all pods', LIMIT_MS);
  const periods = Math.ceil((performance.now() - began) / CACHE_TTL_MS);

  const pods = await api.list(`${namespace.core}/pods`);
  t.equal(pods.length, DEPLOYMENTS * PODS_EACH);
  const secrets = await api.list(`${namespace.core}/secrets`);
  t.equal(secrets.length, DEPLOYMENTS, 'one managed Secret for each');
  for (const name of names) {
    const own = pods.filter(({ metadata }) => metadata.labels.app === name);
    t.equal(new Set(own.flatMap(secretsOf)).size, 1, `${name}: one Secret for all its pods`);
  }
  for (const [index, { calls }] of replicas.entries()) {
    t.strictSame(excess(calls, periods), [], `replica ${String(index)}`);
    t.ok(calls.length > 0, 'took part');
  }
});

/** What was asked more often than it may be in so many periods. */
function excess(calls: readonly AwsCall[], periods: number): readonly string[] {
  const counted = Map.groupBy(calls, (call) => `${ownerOf(call)} ${call.action}`);
  return [...counted].flatMap(([what, { length }]) => {
    const [name = '', action = ''] = what.split(' ');
    const most = names.includes(name) ? (MOST_CALLS[action] ?? 0) * periods : 0;
    return length <= most ? [] : [`${what}: ${String(length)}, not ${String(most)}`];
  });
}

t.test('after their deletion nothing is left over', async (t) => {
  for (const name of names) await api.remove(`${namespace.apps}/deployments/${name}`);

  const left = async (): Promise<number> => {
    const paths = [`${namespace.apps}/replicasets`, `${namespace.core}/pods`, `${namespace.core}/secrets`];
    const lists = await Promise.all(paths.map((path) => api.list(path)));
    return lists.flat().length;
  };
  await eventually(async () => (await left()) === 0, 'everything is gone', LIMIT_MS);
  t.pass('everything is gone');
});
