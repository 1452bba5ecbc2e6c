// `npm run test:kubeseal`: builds kubeseal where it is not yet, and holds `latchkey seal` against it. Arguments are test files.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { buildSealedSecrets } from './build-kubeseal.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const kubeseal = await buildSealedSecrets('kubeseal', (line) => {
  console.error(line);
});
const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync('test/kubeseal/*.test.ts', { cwd: ROOT });
const args = ['tap', '--disable-coverage', '--timeout=120', ...files];
const tap = spawn('npx', args, { cwd: ROOT, env: { ...process.env, KUBESEAL: kubeseal }, stdio: 'inherit' });
const [code] = (await once(tap, 'close')) as [number | null];
process.exitCode = code ?? 1;
