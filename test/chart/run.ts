// `npm run test:chart`: builds helm where it is not yet, and runs the tests of the chart. Arguments are test files.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { buildHelm } from './build-helm.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const helm = await buildHelm((line) => {
  console.error(line);
});
const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync('test/chart/*.test.ts', { cwd: ROOT });
const args = ['tap', '--disable-coverage', '--timeout=120', ...files];
const tap = spawn('npx', args, { cwd: ROOT, env: { ...process.env, HELM: helm }, stdio: 'inherit' });
const [code] = (await once(tap, 'close')) as [number | null];
process.exitCode = code ?? 1;
