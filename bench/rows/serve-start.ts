// `latchkey serve` from the start of the process to /readyz, beside a Node that does nothing.

import { startDoubles } from '../doubles-process.ts';
import { timeOfNothing } from '../node-process.ts';
import { checkOfRounds, type Bench, type Row } from '../row.ts';
import { startServe } from '../serve-process.ts';
import { median, ratios } from '../statistics.ts';

export async function serveStart({ workspace, sizes, started }: Bench): Promise<readonly Row[]> {
  const doubles = started(await startDoubles());
  const nothing: number[] = [];
  const starts: number[] = [];
  for (let n = 0; n < sizes.processRounds; n += 1) {
    nothing.push(await timeOfNothing());
    const serve = started(await startServe(workspace, doubles));
    starts.push(serve.readyMs);
    await serve.stop();
  }
  return [
    {
      name: 'serve start',
      checks: [
        checkOfRounds(
          { label: 'serve: process start to ready', unit: 'times', bar: { kind: 'at most', value: 12 } },
          ratios(starts, nothing),
        ),
      ],
      notes: [`${median(starts).toFixed(0)} ms; node -e 0: ${median(nothing).toFixed(0)} ms`],
    },
  ];
}
