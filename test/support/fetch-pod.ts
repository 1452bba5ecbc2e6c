// A pod's init container without a kubelet: the volumes as directories, the environment as the webhook and the kubelet
// make it, AWS and the cluster's token issuer as doubles, and `latchkey fetch` as a real child process.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Test } from 'tap';
import { encodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import type { FetchPlan } from '../../src/delivery/fetch-plan.ts';
import { ENV_FILE, FETCH_PLAN_VARIABLE } from '../../src/names.ts';
import type { Address, Bulk, Item, Slot, Source, Template } from '../../src/request/plan.ts';
import { compareSlots, dataKey, slotLabel } from '../../src/request/slot.ts';
import { startAwsDouble } from './aws-double.ts';
import type { AwsDouble } from './aws-double.ts';
import { builtProgram } from './built-program.ts';
import { readKubeletEnvFile } from './kubelet-env-file.ts';
import { createTokenIssuer } from './kubernetes-double-tokens.ts';

export const REGION = 'eu-west-1';
export const ROLE = 'arn:aws:iam::111122223333:role/web';

const NAMESPACE = 'shop';
const SERVICE_ACCOUNT = 'web';

/** One for all pods of a test file: making a key takes longer than a test. */
const issuer = createTokenIssuer('https://oidc.example/id/1');

export interface Run {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
  readonly terminationMessage: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Called with the process as soon as it runs. */
  readonly started?: (child: ChildProcess) => void;
}

export interface FetchPod {
  readonly aws: AwsDouble;
  readonly tokenFile: string;
  /** Where the volumes are. */
  readonly directory: string;
  plan(items: readonly Item[], changes?: PlanChanges): FetchPlan;
  run(plan: FetchPlan | undefined, options?: RunOptions): Promise<Run>;
  /** Every path below the three volumes. */
  written(): readonly string[];
  read(path: string): string;
  /** The variable as the kubelet would set it; '' where it is not there. */
  variable(slot: Slot): string;
}

export interface PlanChanges extends Partial<Omit<FetchPlan, 'plan'>> {
  readonly plan?: Partial<FetchPlan['plan']>;
}

/** Starts the doubles, with a role that trusts the pod's service account and may read everything. */
export async function startFetchPod(t: Test): Promise<FetchPod> {
  const aws = await startAwsDouble({ oidc: { issuer: issuer.issuer, jwks: () => issuer.jwks } });
  t.teardown(() => aws.close());
  aws.role(ROLE, { trust: [{ subject: `system:serviceaccount:${NAMESPACE}:${SERVICE_ACCOUNT}` }] });
  const directory = t.testdir({ files: {}, paths: {}, env: {}, 'termination-log': '' });
  const tokenFile = join(directory, 'token');
  const claims = {
    namespace: NAMESPACE,
    serviceAccount: SERVICE_ACCOUNT,
    uid: '1',
    audience: 'sts.amazonaws.com',
  };
  writeFileSync(tokenFile, issuer.issue({ ...claims, expirationSeconds: 3600 }).token);

  return {
    aws,
    tokenFile,
    directory,
    plan: (items, { plan, ...changes } = {}) => ({
      version: 1,
      plan: {
        items: items.toSorted((a, b) => compareSlots(a.slot, b.slot)),
        bulks: [],
        fileMode: 0o444,
        ...plan,
      },
      namespace: NAMESPACE,
      serviceAccount: SERVICE_ACCOUNT,
      webIdentity: { roleArn: ROLE, tokenFile },
      endpoint: aws.url,
      filesRoot: join(directory, 'files'),
      pathsRoot: join(directory, 'paths'),
      envFile: join(directory, 'env', ENV_FILE),
      deadlineSeconds: 30,
      ...changes,
    }),
    run: (plan, options) => run(directory, plan, options),
    written: () =>
      ['files', 'paths', 'env'].flatMap((volume) =>
        readdirSync(join(directory, volume), { recursive: true })
          .map((path) => `${volume}/${String(path)}`)
          .sort(),
      ),
    read: (path) => readFileSync(join(directory, path), 'utf8'),
    variable: (slot) =>
      Buffer.from(
        readKubeletEnvFile(readFileSync(join(directory, 'env', ENV_FILE)), dataKey(slot)),
      ).toString(),
  };
}

/** One wish: `env NAME`, `file PATH`, from a source or a template. */
export function wish(kind: 'env' | 'file', name: string, ...template: Template): Item {
  const slot: Slot = kind === 'env' ? { kind, name } : { kind, path: name };
  return { slot, template, place: placeOf(slot) };
}

export function inPlace(container: string, variable: string, source: Source): Item {
  const slot: Slot = { kind: 'in-place', container, variable, index: 0 };
  return { slot, template: [source], place: placeOf(slot) };
}

export function bulk(kind: 'env' | 'file', source: Source, changes: Partial<Bulk> = {}): Bulk {
  const key = kind === 'env' ? 'env-from' : 'files-from';
  const place = {
    label: `annotation latchkey.dev/${key}`,
    field: `metadata.annotations[latchkey.dev/${key}]`,
  };
  return { kind, source, place, ...changes };
}

export function ssm(name: string, changes: SourceChanges = {}): Source {
  return source('ssm', name, changes);
}

export function secret(name: string, changes: SourceChanges = {}): Source {
  return source('secretsmanager', name, changes);
}

export interface SourceChanges extends Partial<Omit<Source, 'address' | 'text'>> {
  readonly address?: Partial<Address>;
}

function source(store: Address['store'], name: string, { address, ...changes }: SourceChanges): Source {
  const property = changes.property === undefined ? '' : `#${changes.property}`;
  return {
    text: `${store}:${name}${property}`,
    address: { store, region: REGION, name, ...address },
    ...changes,
  };
}

function placeOf(slot: Slot): Item['place'] {
  return { label: slotLabel(slot), field: `metadata.annotations[latchkey.dev/${slot.kind}.x]` };
}

async function run(
  directory: string,
  plan: FetchPlan | undefined,
  { env = {}, args = [], started }: RunOptions = {},
): Promise<Run> {
  const log = join(directory, 'termination-log');
  const child = spawn(process.execPath, [builtProgram(), 'fetch', '--termination-log', log, ...args], {
    env: { ...(plan === undefined ? {} : { [FETCH_PLAN_VARIABLE]: encodeFetchPlan(plan) }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started?.(child);
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return {
    code: await code,
    stdout,
    stderr,
    terminationMessage: existsSync(log) ? readFileSync(log, 'utf8') : '',
  };
}
