// sealed-secrets in the test cluster: its kind and its chart, from its Go module, and its controller as a process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';

import { FOLDER_VARIABLE } from '../../kubeseal/service-account-folder.ts';
import type { Api } from './api.ts';
import { install } from './definitions.ts';
import { eventually } from './eventually.ts';
import { moduleDirectory } from './go-module.ts';
import { kubeconfigOf, type Account } from './kubeconfig.ts';

const MODULE = 'github.com/bitnami-labs/sealed-secrets@v0.40.0';
const SUM = 'h1:rvCP35JL8ZV5LNA2SrwNR6iLyoM3ulrSFWN0lBtYEYI=';

/** A folder. */
export function sealedSecretsChart(): string {
  return join(moduleDirectory(MODULE, SUM), 'helm/sealed-secrets');
}

/** The kind alone. */
export async function installSealedSecrets(api: Api): Promise<void> {
  const file = join(sealedSecretsChart(), 'crds/bitnami.com_sealedsecrets.yaml');
  await install(api, parse(await readFile(file, 'utf8')), 'v1alpha1');
}

export function sealedSecretsOf(namespace: string): string {
  return `/apis/bitnami.com/v1alpha1/namespaces/${namespace}/sealedsecrets`;
}

export interface SealedSecretsController {
  /** Where it publishes its certificate. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface ControllerOptions {
  readonly api: Api;
  /** In whose namespace its keys are. */
  readonly account: Account;
  /** The only ones that it looks after. */
  readonly namespaces: readonly string[];
  /** Where it may write. */
  readonly directory: string;
}

/** sealed-secrets' own program, at work. */
export async function startSealedSecretsController(
  options: ControllerOptions,
): Promise<SealedSecretsController> {
  const { api, account, namespaces } = options;
  const directory = join(options.directory, 'service-account');
  await mkdir(directory, { recursive: true });
  const { users, clusters } = await kubeconfigOf(api, account);
  await writeFile(join(directory, 'token'), users[0].user.token);
  const ca = Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64');
  await writeFile(join(directory, 'ca.crt'), ca);
  const { hostname, port } = new URL(api.server);
  const address = `127.0.0.1:${String(await freePort())}`;
  const metrics = `127.0.0.1:${String(await freePort())}`;
  const child = spawn(
    process.env['SEALED_SECRETS_CONTROLLER'] ?? '',
    [
      ...['--listen-addr', address, '--listen-metrics-addr', metrics],
      ...['--all-namespaces=false', '--additional-namespaces', namespaces.join(',')],
    ],
    {
      env: {
        [FOLDER_VARIABLE]: directory,
        POD_NAMESPACE: account.namespace,
        KUBERNETES_SERVICE_HOST: hostname,
        KUBERNETES_SERVICE_PORT: port,
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  // A test that fails before it can stop it leaves nothing running.
  process.once('exit', kill);
  const url = `http://${address}`;
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`sealed-secrets' controller ended:\n${output}`);
    const answer = await fetch(`${url}/v1/cert.pem`).catch(() => undefined);
    return answer?.ok === true;
  }, `sealed-secrets' controller is at work`);
  return {
    url,
    async stop() {
      process.off('exit', kill);
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Its flags take no port 0 that would be told afterwards. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
