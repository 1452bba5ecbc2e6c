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

export async function startController(
  api: Api,
  { name, manifests }: Release,
  directory: string,
): Promise<ControllerProcess> {
  const account = `${name}-controller`;
  const kubeconfig = join(directory, 'controller.kubeconfig');
  await writeFile(kubeconfig, JSON.stringify(await kubeconfigOf(api, { namespace: name, name: account })));
  const flags = {
    ...flagsOf(manifests.get(`Deployment/${account}`)),
    '--health-listen': '127.0.0.1:0',
    '--kubeconfig': kubeconfig,
  };
  const args = Object.entries(flags).map(([flag, value]) => `${flag}=${value}`);
  const env = { PATH: process.env['PATH'] ?? '' };
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
