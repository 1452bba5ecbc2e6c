// Where moto is: in the checkout's virtual environment, or on the PATH, or nowhere yet.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '5.2.1';
const ENVIRONMENT = fileURLToPath(new URL('../../.venv', import.meta.url));
const PROGRAM = 'moto_server';

/** The path of moto_server, if there is one. */
export function findMoto(): string | undefined {
  const folders = [join(ENVIRONMENT, 'bin'), ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, PROGRAM)).find((path) => existsSync(path));
}

/**
 * The path of moto_server; where there is none, it is installed into `.venv`.
 * @throws Error that says what is missing: Python, its venv module, or the package index
 */
export function installedMoto(tell: (line: string) => void): string {
  const found = findMoto();
  if (found !== undefined) return found;
  tell(`installing moto ${VERSION} into .venv`);
  run('python3', ['-m', 'venv', ENVIRONMENT]);
  const pip = join(ENVIRONMENT, 'bin', 'pip');
  run(pip, ['install', '--quiet', '--disable-pip-version-check', `moto[server]==${VERSION}`]);
  return join(ENVIRONMENT, 'bin', PROGRAM);
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`moto needs Python 3, and ${command} cannot be run`);
  if (status !== 0)
    throw new Error(`moto cannot be installed: ${command} ${args[0] ?? ''}: ${stderr.trim()}`);
}
