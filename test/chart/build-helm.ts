// Builds helm from its Go module, once. It is kept outside of the checkout, like the test cluster, under a hash of what it is
// made from, so that a fresh clone need not build it again.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MODULE = fileURLToPath(new URL('./helm', import.meta.url));
const REPORT_EVERY_MS = 10_000;

/**
 * The path of helm: `$HELM` where it is set, otherwise our own, built if need be.
 * @throws Error with what Go said, or that Go is missing
 */
export async function buildHelm(tell: (line: string) => void): Promise<string> {
  const given = process.env['HELM'];
  if (given !== undefined) return given;
  const folder = cacheFolder();
  const program = join(folder, 'helm');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // Built beside and moved: two runs may build it at once.
  const beside = `${program}.${String(process.pid)}`;
  await compile(beside, tell);
  renameSync(beside, program);
  return program;
}

function cacheFolder(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum'])
    hash.update(`\0${file}\0`).update(readFileSync(join(MODULE, file)));
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(caches, 'latchkey-helm', hash.digest('hex').slice(0, 16));
}

async function compile(output: string, tell: (line: string) => void): Promise<void> {
  const version = /helm\.sh\/helm\/v4 (v\S+)/.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))?.[1] ?? '';
  const stamp = `-s -w -X helm.sh/helm/v4/internal/version.version=${version}`;
  const args = ['build', '-v', '-trimpath', '-ldflags', stamp, '-o', output, 'helm.sh/helm/v4/cmd/helm'];
  tell(`building helm ${version} (minutes the first time)`);
  const go = spawn('nice', ['-n', '10', 'go', ...args], {
    cwd: MODULE,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
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
