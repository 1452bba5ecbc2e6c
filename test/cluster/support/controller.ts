// `latchkey controller` as a process, with the chart's flags and a token of the chart's service account.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { builtProgram } from '../../support/built-program.ts';
import { flagsOf } from '../../chart/render.ts';
import type { Api } from './api.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import type { Release } from './release.ts';

export interface ControllerProcess {
  /** Everything that it wrote so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface ControllerOptions {
  /** Where what it reads is put. */
  readonly directory: string;
  /** In place of the chart's, or beside them. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startController(
  api: Api,
  { name, manifests }: Release,
  { directory, flags: given = {}, env: more = {} }: ControllerOptions,
): Promise<ControllerProcess> {
  const account = `${name}-controller`;
  const kubeconfig = join(directory, 'controller.kubeconfig');
  await writeFile(kubeconfig, JSON.stringify(await kubeconfigOf(api, { namespace: name, name: account })));
  const flags: Readonly<Record<string, string | true>> = {
    ...flagsOf(manifests.get(`Deployment/${account}`)),
    '--health-listen': '127.0.0.1:0',
    '--kubeconfig': kubeconfig,
    ...given,
  };
  const args = Object.entries(flags).map(([flag, value]) => (value === true ? flag : `${flag}=${value}`));
  const env = { PATH: process.env['PATH'] ?? '', ...more };
  const child = spawn(process.execPath, [builtProgram(), 'controller', ...args], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit');
  // A test that fails before it can stop it leaves nothing running.
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
