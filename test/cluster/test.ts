// `npm run test:cluster`: the suite on a cluster of its own, or on the one that $LATCHKEY_TEST_KUBECONFIG or $KUBECONFIG
// names. Its API server must run on this machine, as the webhook is registered on loopback: that of `npm run cluster` does.
// Arguments are test files; all without. AWS is moto, which is installed if need be, or else our own double; $LATCHKEY_TEST_AWS
// insists on `moto` or on `double`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { startMoto, type Moto } from '../aws/moto.ts';
import { installedMoto } from '../aws/moto-program.ts';
import { startCluster } from './start.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const running = process.env['LATCHKEY_TEST_KUBECONFIG'] ?? process.env['KUBECONFIG'];

const named = process.argv.slice(2);
const tell = (line: string): void => console.error(line);
const moto = await motoIfWanted();
const behind = moto === undefined ? {} : { LATCHKEY_TEST_MOTO: moto.url };

try {
  if (running === undefined) await onOurOwn();
  else await onRunning(running);
} finally {
  await moto?.stop();
}

async function onOurOwn(): Promise<void> {
  const cluster = await startCluster(tell);
  // Ctrl-C is for the suite; the cluster ends after it.
  process.on('SIGINT', () => {});
  const env = {
    ...behind,
    ...(cluster.kubectl === undefined ? {} : { LATCHKEY_TEST_KUBECTL: cluster.kubectl }),
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
}

async function onRunning(kubeconfig: string): Promise<void> {
  tell(`on the running cluster of ${kubeconfig}`);
  process.exitCode = await run({ ...behind, LATCHKEY_TEST_KUBECONFIG: kubeconfig }, filesOf(true));
}

async function motoIfWanted(): Promise<Moto | undefined> {
  const wanted = process.env['LATCHKEY_TEST_AWS'];
  if (wanted === 'double') {
    tell('AWS is the double');
    return undefined;
  }
  try {
    const program = installedMoto(tell);
    const started = await startMoto();
    tell(`AWS is moto (${program}); where faults or verified tokens are needed, the double`);
    return started;
  } catch (error) {
    if (wanted === 'moto') throw error;
    tell(`AWS is the double everywhere: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
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
