// npm run bench [-- --quick] [--strict] [--only TEXT]
//
// Measures every row of the design's table of speed, side by side in one run: docs/performance.md says how and why.
// Exits 1 when a row could not be measured, with --strict also when a bar is missed.

import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { readOptions, type Options } from './options.ts';
import { table, type Outcome } from './report.ts';
import type { Measure } from './row.ts';
import { admission } from './rows/admission.ts';
import { adoption } from './rows/adoption.ts';
import { fetchRow } from './rows/fetch.ts';
import { image } from './rows/image.ts';
import { manyRollOuts } from './rows/many-roll-outs.ts';
import { rollOut } from './rows/roll-out.ts';
import { serveMemory } from './rows/serve-memory.ts';
import { serveStart } from './rows/serve-start.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

const MEASURES: Readonly<Record<string, Measure>> = {
  admission,
  'roll-out': rollOut,
  'many-roll-outs': manyRollOuts,
  adoption,
  fetch: fetchRow,
  'serve-start': serveStart,
  'serve-memory': serveMemory,
  image,
};
const RESULTS = join(import.meta.dirname, 'results');

async function measure(
  name: string,
  take: Measure,
  options: Options,
  workspace: Workspace,
): Promise<readonly Outcome[]> {
  const startedAt = performance.now();
  try {
    const rows = await take({
      workspace,
      sizes: options.sizes,
      started(process) {
        processes.push(process);
        return process;
      },
    });
    console.error(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    return rows.map((row) => ({ row }));
  } catch (error) {
    console.error(`${name}:`, error);
    return [{ name, failure: error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'failed' }];
  } finally {
    await stopAll();
  }
}

function machine() {
  return {
    processors: availableParallelism(),
    model: cpus()[0]?.model ?? 'unknown',
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** What the measurement under way started. */
const processes: { stop(): Promise<void> }[] = [];

async function stopAll(): Promise<void> {
  for (const process of processes.splice(0).toReversed()) await process.stop();
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(130)));
}

const options = readOptions(process.argv.slice(2));
const workspace = await makeWorkspace();
const outcomes: Outcome[] = [];
try {
  for (const [name, take] of Object.entries(MEASURES)) {
    if (name.includes(options.only)) outcomes.push(...(await measure(name, take, options, workspace)));
  }
} finally {
  await workspace.remove();
}

mkdirSync(RESULTS, { recursive: true });
const result = { at: new Date().toISOString(), quick: options.quick, machine: machine(), outcomes };
writeFileSync(join(RESULTS, 'latest.json'), `${JSON.stringify(result, undefined, 2)}\n`);
console.log(table(outcomes));

const unmeasured = outcomes.some((outcome) => !('row' in outcome));
const missed = outcomes.some((outcome) => 'row' in outcome && outcome.row.checks.some(({ met }) => !met));
if (unmeasured || (options.strict && missed)) process.exitCode = 1;
