// Builds sealed-secrets' own programs from their Go module, once. They are kept outside of the checkout, like the test
// cluster, under a hash of what they are made from, so that a fresh clone need not build them again.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { withServiceAccountFolder } from './service-account-folder.ts';

export type Program = 'kubeseal' | 'controller';

const MODULE = fileURLToPath(new URL('./module', import.meta.url));
const REPORT_EVERY_MS = 10_000;

/**
 * The path of one of its programs, built if need be. The controller finds its service account as FOLDER_VARIABLE says.
 * @throws Error with what Go said, or that Go is missing
 */
export async function buildSealedSecrets(program: Program, tell: (line: string) => void): Promise<string> {
  const folder = cacheFolder();
  const path = join(folder, program);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Built beside and moved: two runs may build it at once.
  const beside = `${path}.${String(process.pid)}`;
  await compile(program, beside, tell);
  renameSync(beside, path);
  return path;
}

function cacheFolder(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum'])
    hash.update(`\0${file}\0`).update(readFileSync(join(MODULE, file)));
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(caches, 'latchkey-kubeseal', hash.digest('hex').slice(0, 16));
}

async function compile(program: Program, output: string, tell: (line: string) => void): Promise<void> {
  const modFile =
    program === 'controller' ? [`-modfile=${withServiceAccountFolder(MODULE, cacheFolder())}`] : [];
  const source = `github.com/bitnami/sealed-secrets/cmd/${program}`;
  tell(`building ${program} (minutes the first time)`);
  const go = spawn(
    'nice',
    ['-n', '10', 'go', 'build', ...modFile, '-v', '-trimpath', '-ldflags', '-s -w', '-o', output, source],
    {
      cwd: MODULE,
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const said: string[] = [];
  let packages = 0;
  const report = setInterval(() => {
    tell(`  ${String(packages)} packages`);
  }, REPORT_EVERY_MS);
  createInterface(go.stderr).on('line', (line) => {
    said.push(line);
    if (!line.includes(' ')) packages += 1;
  });
  const [code] = (await once(go, 'close')) as [number | null];
  clearInterval(report);
  if (code !== 0) throw new Error(`go build failed:\n${said.slice(-40).join('\n')}`);
}
