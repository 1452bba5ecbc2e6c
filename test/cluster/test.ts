// `npm run test:cluster`: the suite on a cluster of its own, or on the one that $LATCHKEY_TEST_KUBECONFIG or $KUBECONFIG
// names. Its API server must run on this machine, as the webhook is registered on loopback: that of `npm run cluster` does.
// Arguments are test files; all without.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { startCluster } from './start.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const running = process.env['LATCHKEY_TEST_KUBECONFIG'] ?? process.env['KUBECONFIG'];

const named = process.argv.slice(2);

if (running === undefined) {
  const cluster = await startCluster((line) => console.error(line));
  // Ctrl-C is for the suite; the cluster ends after it.
  process.on('SIGINT', () => {});
  const env = {
    LATCHKEY_TEST_KUBECONFIG: cluster.kubeconfig,
    LATCHKEY_TEST_AUDIT_LOG: cluster.auditLog,
    ...(cluster.controllers ? {} : { LATCHKEY_TEST_NO_CONTROLLERS: 'yes' }),
  };
  const suite = await run(env, filesOf(cluster.controllers));
  // Only the whole suite uses every right.
  const whole = named.length === 0 && cluster.controllers;
  const audit = whole ? await run(env, ['test/cluster/audit.test.ts']) : 0;
  process.exitCode = Math.max(suite, audit);
  await cluster.stop();
} else {
  console.error(`on the running cluster of ${running}`);
  process.exitCode = await run({ LATCHKEY_TEST_KUBECONFIG: running }, filesOf(true));
}

/** Without controllers (envtest's binaries have none) there are only pods that stand alone. */
function filesOf(controllers: boolean): readonly string[] {
  if (named.length > 0) return named;
  const folders = controllers ? '{api-server,controllers}' : 'api-server';
  return globSync(`test/cluster/suite/${folders}/*.test.ts`, { cwd: ROOT });
}

async function run(env: Readonly<Record<string, string>>, files: readonly string[]): Promise<number> {
  const args = ['tap', '--disable-coverage', '--timeout=300', '--jobs=2', ...files];
  const tap = spawn('npx', args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: 'inherit' });
  const [code] = (await once(tap, 'close')) as [number | null];
  return code ?? 1;
}
