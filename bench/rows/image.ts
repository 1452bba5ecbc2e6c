import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { checkOf, type Row } from '../row.ts';

const SCRIPT = join(import.meta.dirname, '..', 'image-size.ts');

/** The image's size, as its own script lays it out and says in the last line of its output. */
export async function image(): Promise<readonly Row[]> {
  const output = await outputOf(SCRIPT);
  const { bytes, bar } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as { bytes: number; bar: number };
  return [
    {
      name: 'image',
      checks: [
        checkOf(
          { label: 'image: compressed layers', unit: 'megabytes', bar: { kind: 'at most', value: bar } },
          bytes,
        ),
      ],
      notes: output
        .split('\n')
        .filter((line) => line.includes('compressed'))
        .map((line) => line.replaceAll(/\s+/g, ' ')),
    },
  ];
}

/** Missing its bar ends the script with 1; that is a measurement, too. */
function outputOf(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script], (error, stdout, stderr) => {
      if (error !== null && !stdout.includes('"row":"image"')) reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
}
