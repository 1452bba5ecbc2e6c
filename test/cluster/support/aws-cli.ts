// The AWS CLI, which comes from Python's package index.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

import { mustRun, run } from './tools.ts';

const PACKAGE = 'awscli==1.45.11';

/**
 * A search path with `aws` on it: $PATH where it has it, otherwise one with a virtual environment in front,
 * which is made at the first call and kept outside of the checkout.
 * @throws Error with what pip said
 */
export async function awsCliPath(tell: (line: string) => void): Promise<string> {
  const path = process.env['PATH'] ?? '';
  if (await answers('aws', '--version')) return path;
  const hash = createHash('sha256').update(PACKAGE).digest('hex').slice(0, 16);
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(caches, 'latchkey-python', hash);
  const bin = join(folder, 'bin');
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    tell('installing the AWS CLI (a minute or two the first time)');
    await mustRun('python3', ['-m', 'venv', folder]);
    await mustRun(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', PACKAGE]);
    await mustRun('touch', [complete]);
  }
  return `${bin}${delimiter}${path}`;
}

async function answers(program: string, flag: string): Promise<boolean> {
  return await run(program, [flag]).then(
    ({ code }) => code === 0,
    () => false,
  );
}
