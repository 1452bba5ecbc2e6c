// Programs of other projects and of our own, built by Go from their modules, once: minutes the first time.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const REPORT_EVERY_MS = 10_000;

export interface GoBuild {
  /** The module's folder. */
  readonly module: string;
  /** Of `go build`, without `-o`. */
  readonly args: readonly string[];
  /** How many packages there are in all, where that is known. */
  readonly total?: number;
  /** Told about the progress, a line at a time. */
  readonly tell: (line: string) => void;
}

/** A folder for what was built, outside of the checkout, so that a fresh clone need not build it again. */
export function goCache(name: string, hash: string): string {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(caches, name, hash.slice(0, 16));
}

/** A hash of the exact modules that a module is made from. */
export function moduleHash(module: string): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum'])
    hash.update(`\0${file}\0`).update(readFileSync(join(module, file)));
  return hash.digest('hex');
}

/**
 * Builds a program unless it is there. It is built beside its place and moved: two runs may build it at once, and another
 * process may be starting it.
 * @throws Error with what Go said
 */
export async function buildOnce(program: string, build: () => GoBuild): Promise<string> {
  if (existsSync(program)) return program;
  mkdirSync(join(program, '..'), { recursive: true });
  const beside = `${program}.${String(process.pid)}`;
  await compile(beside, build());
  renameSync(beside, program);
  return program;
}

/** Static, without a C compiler; quietly beside whatever else the machine does. */
async function compile(output: string, { module, args, total, tell }: GoBuild): Promise<void> {
  const go = spawn('nice', ['-n', '10', 'go', 'build', '-v', '-o', output, ...args], {
    cwd: module,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  let packages = 0;
  const inAll = total === undefined ? '' : ` of ${String(total)}`;
  const report = setInterval(() => tell(`  ${String(packages)}${inAll} packages`), REPORT_EVERY_MS);
  createInterface(go.stderr).on('line', (line) => {
    said.push(line);
    if (!line.includes(' ')) packages += 1;
  });
  const [code] = (await once(go, 'close')) as [number | null];
  clearInterval(report);
  if (code !== 0) throw new Error(`go build failed:\n${said.slice(-40).join('\n')}`);
}
