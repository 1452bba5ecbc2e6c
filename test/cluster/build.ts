// Builds the control plane from Go modules. The first time takes minutes, so it says how far it is.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { cacheFolder, SOURCES } from './cache.ts';

const PROGRAM = 'latchkey-cluster';
const REPORT_EVERY_MS = 10_000;

export interface BuildOptions {
  /** Leaves Kubernetes out, where the components come from a folder: seconds instead of minutes. */
  readonly withoutComponents?: boolean;
  /** Told about the progress, a line at a time. */
  readonly tell: (line: string) => void;
}

export interface Build {
  readonly program: string;
  /** A link to it that is kubectl; absent without components. */
  readonly kubectl?: string;
}

/**
 * The program, from the cache if it was built from these sources before.
 * @throws Error with what Go said, or that Go is missing
 */
export async function buildControlPlane({ withoutComponents = false, tell }: BuildOptions): Promise<Build> {
  const flags = goFlags(withoutComponents);
  const folder = cacheFolder(flags);
  const program = join(folder, PROGRAM);
  const kubectl = join(folder, 'kubectl');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    // Built beside and moved: another process may be starting the same file, or building it too.
    const beside = `${program}.${process.pid}`;
    await compile(['build', '-v', ...flags, '-o', beside, '.'], tell);
    renameSync(beside, program);
  }
  if (withoutComponents) return { program };
  if (!existsSync(kubectl)) symlinkSync(PROGRAM, kubectl);
  return { program, kubectl };
}

function goFlags(withoutComponents: boolean): readonly string[] {
  const version = /k8s\.io\/kubernetes (v1\.(\d+)\.\d+)/.exec(readFileSync(join(SOURCES, 'go.mod'), 'utf8'));
  const [, release = '', minor = ''] = version ?? [];
  const about = 'k8s.io/component-base/version';
  const stamps = [`${about}.gitVersion=${release}`, `${about}.gitMajor=1`, `${about}.gitMinor=${minor}`];
  return [
    // As Kubernetes' own build: without gRPC's tracing the linker can drop methods that nobody calls.
    ...['-tags', withoutComponents ? 'assets' : 'grpcnotrace', '-trimpath'],
    // Without symbols; with the version that /version, kubectl and feature gates of clients go by.
    ...['-ldflags', ['-s', '-w', ...stamps.map((stamp) => `-X ${stamp}`)].join(' ')],
  ];
}

async function compile(args: readonly string[], tell: (line: string) => void): Promise<void> {
  // Static, without a C compiler; quietly beside whatever else the machine does.
  const options = { cwd: SOURCES, env: { ...process.env, CGO_ENABLED: '0' } };
  const total = packagesInAll(args, options);
  tell(`building the control plane (${String(total)} packages; minutes the first time)`);
  const go = spawn('nice', ['-n', '10', 'go', ...args], { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  let packages = 0;
  const report = setInterval(
    () => tell(`  ${String(packages)} of ${String(total)} packages`),
    REPORT_EVERY_MS,
  );
  createInterface(go.stderr).on('line', (line) => {
    said.push(line);
    if (!line.includes(' ')) packages += 1;
  });
  const [code] = (await once(go, 'close')) as [number | null];
  clearInterval(report);
  if (code !== 0) throw new Error(`go build failed:\n${said.slice(-40).join('\n')}`);
}

/** Also fetches the modules. */
function packagesInAll(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): number {
  const tags = args[args.indexOf('-tags') + 1] ?? '';
  try {
    const listed = execFileSync('go', ['list', '-deps', '-tags', tags, '.'], {
      ...options,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 * 1024 * 1024,
    });
    return listed.trimEnd().split('\n').length;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(missing ? 'the test cluster needs Go ≥ 1.26: https://go.dev/dl/' : 'go list failed', {
      cause: error,
    });
  }
}
