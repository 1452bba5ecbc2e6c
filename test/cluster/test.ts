// `npm run test:cluster`: the suite on a cluster of its own, or on the one that $LATCHKEY_TEST_KUBECONFIG or $KUBECONFIG
// names. Its API server must run on this machine, as the webhook is registered on loopback: that of `npm run cluster` does.
// Afterwards what installs Latchkey as people do: each file on a cluster of its own that has a node.
// Arguments are test files; all without. AWS is moto, which is installed if need be, or else our own double; $LATCHKEY_TEST_AWS
// insists on `moto` or on `double`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { startMoto, type Moto } from '../aws/moto.ts';
import { installedMoto } from '../aws/moto-program.ts';
import { buildHelm } from '../chart/build-helm.ts';
import { buildSealedSecrets } from '../kubeseal/build-kubeseal.ts';
import { startCluster } from './start.ts';

type Environment = Readonly<Record<string, string>>;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const running = process.env['LATCHKEY_TEST_KUBECONFIG'] ?? process.env['KUBECONFIG'];

const named = process.argv.slice(2);
const suite = named.filter((file) => !isInstalled(file));
const installed = named.filter(isInstalled);
const tell = (line: string): void => console.error(line);
// Ctrl-C is for the suite; the cluster ends after it.
process.on('SIGINT', () => {});

let code = 0;
if (running !== undefined) {
  tell(`on the running cluster of ${running}`);
  const files = named.length > 0 ? named : filesOf(true);
  code = await withAws((aws) => run({ ...aws, LATCHKEY_TEST_KUBECONFIG: running }, files));
} else {
  if (named.length === 0 || suite.length > 0) code = await withAws(runOnOwnCluster);
  if (named.length === 0 || installed.length > 0) code = Math.max(code, await runInstalled());
}
process.exitCode = code;

async function runOnOwnCluster(aws: Environment): Promise<number> {
  const cluster = await startCluster(tell);
  const env = {
    ...aws,
    ...(cluster.kubectl === undefined ? {} : { LATCHKEY_TEST_KUBECTL: cluster.kubectl }),
    LATCHKEY_TEST_KUBECONFIG: cluster.kubeconfig,
    LATCHKEY_TEST_AUDIT_LOG: cluster.auditLog,
    ...(cluster.controllers ? {} : { LATCHKEY_TEST_NO_CONTROLLERS: 'yes' }),
  };
  const code = await run(env, suite.length > 0 ? suite : filesOf(cluster.controllers));
  // Only the whole suite uses every right.
  const whole = named.length === 0 && cluster.controllers;
  const audit = whole ? await run(env, ['test/cluster/audit.test.ts']) : 0;
  await cluster.stop();
  return Math.max(code, audit);
}

/** One after another: each has a control plane and a node. */
async function runInstalled(): Promise<number> {
  // Binaries of envtest have no controllers: no Deployment would get a pod.
  if (process.env['KUBEBUILDER_ASSETS'] !== undefined) return 0;
  const HELM = await buildHelm(tell);
  const files =
    installed.length > 0 ? installed : globSync('test/cluster/suite/installed/*.test.ts', { cwd: ROOT });
  return await run({ HELM }, files, ['--timeout=900', '--jobs=1']);
}

function isInstalled(file: string): boolean {
  return file.includes('suite/installed/');
}

/** Runs a part of the suite with what tells it where AWS is. */
async function withAws(part: (aws: Environment) => Promise<number>): Promise<number> {
  const moto = await motoIfWanted();
  try {
    return await part(moto === undefined ? {} : { LATCHKEY_TEST_MOTO: moto.url });
  } finally {
    await moto?.stop();
  }
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
  const folders = controllers ? '{api-server,controllers}' : 'api-server';
  return globSync(`test/cluster/suite/${folders}/*.test.ts`, { cwd: ROOT });
}

/** sealed-secrets' own programs, where a file wants them. */
async function programsFor(files: readonly string[]): Promise<Environment> {
  if (!files.some((file) => file.includes('sealed'))) return {};
  return {
    KUBESEAL: await buildSealedSecrets('kubeseal', tell),
    SEALED_SECRETS_CONTROLLER: await buildSealedSecrets('controller', tell),
  };
}

async function run(
  env: Environment,
  files: readonly string[],
  flags = ['--timeout=300', '--jobs=2'],
): Promise<number> {
  const args = ['tap', '--disable-coverage', ...flags, ...files];
  const all = { ...process.env, ...env, ...(await programsFor(files)) };
  const tap = spawn('npx', args, { cwd: ROOT, env: all, stdio: 'inherit' });
  const [code] = (await once(tap, 'close')) as [number | null];
  return code ?? 1;
}
