// The shipped program as a child process: `latchkey serve` with a certificate, an installation key and free ports.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createAuthority, issueServing } from '../../src/tls/authority.ts';

export const PROGRAM = fileURLToPath(new URL('../../dist/latchkey.cjs', import.meta.url));

export interface WebhookProcess {
  readonly url: string;
  readonly healthUrl: string;
  /** PEM of its certificate authority, where it has one of its own. */
  readonly ca: string;
  readonly directory: string;
  readonly process: ChildProcess;
  /** Everything that it wrote so far, on both streams. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface WebhookProcessOptions {
  /** Default: what is in dist/. */
  readonly program?: string;
  /** Absent: `--no-kubernetes`. */
  readonly kubeconfig?: string;
  readonly flags?: readonly string[];
  /** What it shares with other replicas; default: its own, for localhost. */
  readonly files?: ServeFiles;
  /** Default: none. */
  readonly shutdownDelay?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ServeFiles {
  /** The flags that say where the certificate is. */
  readonly tls: readonly string[];
  /** A path. */
  readonly installationKey: string;
  /** PEM of the certificate's authority; absent where others make it. */
  readonly ca?: string;
}

export async function startWebhook(options: WebhookProcessOptions): Promise<WebhookProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const files = options.files ?? (await writeServeFiles(directory));
  const child = spawn(
    process.execPath,
    [
      options.program ?? PROGRAM,
      'serve',
      ...['--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'],
      ...[...files.tls, '--key-file', files.installationKey],
      ...['--shutdown-delay', options.shutdownDelay ?? '0s'],
      ...(options.kubeconfig === undefined ? ['--no-kubernetes'] : ['--kubeconfig', options.kubeconfig]),
      ...(options.flags ?? []),
    ],
    { env: { PATH: process.env['PATH'] ?? '', ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  // A test that fails before it can stop it leaves nothing running.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  void exited.then(() => process.off('exit', kill));
  const addresses = await listening(child, () => output);
  return {
    ...addresses,
    ca: files.ca ?? '',
    directory,
    process: child,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const code = await exited;
      await rm(directory, { recursive: true, force: true });
      return code;
    },
  };
}

/**
 * A certificate for loopback and an installation key, written to a directory.
 * @param dns names in the certificate beside localhost
 */
export async function writeServeFiles(
  directory: string,
  dns: readonly string[] = [],
): Promise<Required<ServeFiles>> {
  const wallMs = Date.now();
  const authority = await createAuthority({ days: 1, wallMs });
  const order = { dns: ['localhost', ...dns], ips: ['127.0.0.1'], days: 1, wallMs };
  const made = await issueServing(authority, order);
  const [cert, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  const installationKey = join(directory, 'installation.key');
  await writeFile(cert, made.cert);
  await writeFile(key, made.key, { mode: 0o600 });
  await writeFile(installationKey, randomBytes(32), { mode: 0o600 });
  return { tls: ['--tls-cert', cert, '--tls-key', key], installationKey, ca: authority.cert };
}

/** Waits for the line that says where it listens. */
async function listening(
  child: ChildProcess,
  output: () => string,
): Promise<{ url: string; healthUrl: string }> {
  for (;;) {
    const urls = /"listen":"(https:[^"]+)","health":"(http:[^"]+)"/.exec(output());
    if (urls?.[1] !== undefined && urls[2] !== undefined) return { url: urls[1], healthUrl: urls[2] };
    if (child.exitCode !== null) throw new Error(`latchkey serve ended with ${child.exitCode}:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
