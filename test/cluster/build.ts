// Builds the control plane from Go modules. The first time takes minutes, so it says how far it is.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { buildOnce } from '../support/go-build.ts';
import { cacheFolder, SOURCES } from './cache.ts';

const PROGRAM = 'latchkey-cluster';

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
  await buildOnce(program, () => {
    const total = packagesInAll(flags);
    tell(`building the control plane (${String(total)} packages; minutes the first time)`);
    return { module: SOURCES, args: [...flags, '.'], total, tell };
  });
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

/** Also fetches the modules. */
function packagesInAll(flags: readonly string[]): number {
  const tags = flags[flags.indexOf('-tags') + 1] ?? '';
  try {
    const listed = execFileSync('go', ['list', '-deps', '-tags', tags, '.'], {
      cwd: SOURCES,
      env: { ...process.env, CGO_ENABLED: '0' },
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
