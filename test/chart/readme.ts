// `node test/chart/readme.ts` writes the tables of values into the chart's README.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readSections, tableOf } from './values-table.ts';

const CHART = fileURLToPath(new URL('../../charts/latchkey', import.meta.url));
const BEGIN = '<!-- values -->';
const END = '<!-- end of values -->';

/** The README as it is, and as it should be. */
export function readme(): { readonly path: string; readonly is: string; readonly wanted: string } {
  const path = join(CHART, 'README.md');
  const is = readFileSync(path, 'utf8');
  const table = tableOf(readSections(readFileSync(join(CHART, 'values.yaml'), 'utf8')));
  const [before = ''] = is.split(BEGIN);
  const [, after = ''] = is.split(END);
  return { path, is, wanted: `${before}${BEGIN}\n\n${table}\n\n${END}${after}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { path, wanted } = readme();
  writeFileSync(path, wanted);
}
