import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Kubectl = (...args: readonly string[]) => Promise<string>;

/**
 * The kubectl that was built with the cluster, or that of the PATH, as the administrator. What it answers is its standard
 * output; it throws what kubectl said when it fails.
 */
export function createKubectl(): Kubectl {
  const program = process.env['LATCHKEY_TEST_KUBECTL'] ?? 'kubectl';
  const kubeconfig = process.env['LATCHKEY_TEST_KUBECONFIG'] ?? '';
  // What it learns of a cluster is kept by address, and the next one may have the same.
  const cache = mkdtempSync(join(tmpdir(), 'latchkey-kubectl-'));
  process.once('exit', () => rmSync(cache, { recursive: true, force: true }));
  return async (...args) => {
    const { stdout } = await run(program, ['--kubeconfig', kubeconfig, '--cache-dir', cache, ...args]);
    return stdout;
  };
}
