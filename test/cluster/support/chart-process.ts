// One of the chart's Deployments as a process: its flags and service account, and in the place of its volumes the Secrets
// that the controller fills.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { builtProgram } from '../../support/built-program.ts';
import type { Api, Json } from './api.ts';
import { eventually } from './eventually.ts';
import { kubeconfigOf } from './kubeconfig.ts';

export interface ChartProcess {
  /** Of the webhook; undefined while it does not run. */
  url(): string | undefined;
  /** Where its probes and metrics are; undefined while it does not run. */
  healthUrl(): string | undefined;
  /** Waits until it is at work. */
  start(): Promise<void>;
  /** As a node that is lost takes it along. */
  stop(): Promise<void>;
}

export interface ChartPlace {
  readonly api: Api;
  readonly release: string;
  readonly directory: string;
}

/** The files of `serve`, by flag: a Secret's name without the release's, and its key. */
const FILES = {
  'tls-cert': ['tls', 'tls.crt'],
  'tls-key': ['tls', 'tls.key'],
  'key-file': ['key', 'key'],
} as const;

export function chartProcess(place: ChartPlace, component: 'serve' | 'controller'): ChartProcess {
  let child: ChildProcess | undefined;
  let output = '';
  const url = (): string | undefined => /"listen":"(https:[^"]+)"/.exec(output)?.[1];

  return {
    url: () => (child === undefined ? undefined : url()),
    healthUrl: () => (child === undefined ? undefined : /"health":"(http:[^"]+)"/.exec(output)?.[1]),
    async start() {
      const args = await argumentsOf(place, component);
      const env = { PATH: process.env['PATH'] ?? '' };
      output = '';
      const started = spawn(process.execPath, [builtProgram(), component, ...args], { env });
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child = started;
      const atWork = component === 'serve' ? '"msg":"the API server answers"' : '"msg":"leading"';
      await eventually(() => {
        if (started.exitCode !== null) throw new Error(`${component} ended:\n${output}`);
        return output.includes(atWork);
      }, `${component} is at work`);
    },
    async stop() {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null) return;
      running.kill('SIGKILL');
      await once(running, 'exit');
    },
  };
}

async function argumentsOf(place: ChartPlace, component: string): Promise<readonly string[]> {
  const { api, release } = place;
  const { spec }: Json = await api.get(
    `/apis/apps/v1/namespaces/${release}/deployments/${release}-${component}`,
  );
  const [, ...given]: readonly string[] = spec.template.spec.containers[0].args;
  const own = {
    kubeconfig: await kubeconfigFile(place, `${release}-${component}`),
    'health-listen': '127.0.0.1:0',
    ...(component === 'serve' ? { listen: '127.0.0.1:0', ...(await filesOf(place)) } : {}),
  };
  const kept = given.filter((arg) => !Object.hasOwn(own, arg.replace(/^--|=.*/g, '')));
  return [...kept, ...Object.entries(own).map(([flag, value]) => `--${flag}=${value}`)];
}

async function filesOf(place: ChartPlace): Promise<Readonly<Record<string, string>>> {
  const files = Object.entries(FILES).map(async ([flag, [secret, key]]) => [
    flag,
    await fileOf(place, secret, key),
  ]);
  return Object.fromEntries(await Promise.all(files));
}

async function fileOf({ api, release, directory }: ChartPlace, secret: string, key: string): Promise<string> {
  const file = join(directory, key);
  let content = '';
  await eventually(async () => {
    const { data } = await api.get(`/api/v1/namespaces/${release}/secrets/${release}-${secret}`);
    content = data?.[key] ?? '';
    return content !== '';
  }, `the controller fills ${secret}`);
  await writeFile(file, Buffer.from(content, 'base64'), { mode: 0o600 });
  return file;
}

async function kubeconfigFile({ api, release, directory }: ChartPlace, account: string): Promise<string> {
  const file = join(directory, `${account}.kubeconfig`);
  const kubeconfig = await kubeconfigOf(api, { namespace: release, name: account });
  await writeFile(file, JSON.stringify(kubeconfig), { mode: 0o600 });
  return file;
}
