// What docs/runbook.md names is there: alerts, values and objects of the chart, messages of the program.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readSections } from './chart/values-table.ts';
import { page, quotedIn, ROOT } from './support/pages.ts';

const PAGE = page('docs/runbook.md');
const CHART = join(ROOT, 'charts/latchkey');
const WORDS = quotedIn(PAGE.replaceAll(/^```[\s\S]*?^```/gm, ''));

t.test('every alert of the chart leads somewhere', async (t) => {
  const rules = readFileSync(join(CHART, 'templates/monitoring/prometheus-rule.yaml'), 'utf8');
  const alerts = [...rules.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);

  t.not(alerts.length, 0);
  t.same(WORDS.filter((word) => /^Latchkey[A-Z]/.test(word)).toSorted(), alerts.toSorted());
});

t.test('every value that it names is one of the chart', async (t) => {
  const sections = readSections(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  const known = sections.flatMap(({ values }) => values.map(({ path }) => path));
  const groups = new Set(known.filter((path) => path.includes('.')).map((path) => path.split('.')[0]));
  const named = [...WORDS, ...[...PAGE.matchAll(/--set (\S+)/g)].map(([, set = '']) => set)]
    .map((word) => word.replace(/=.*/, ''))
    .filter((word) => /^[a-z]\w*(\.\w+)+$/i.test(word) && groups.has(word.split('.')[0]));

  t.ok(named.length > 10);
  for (const path of named) t.ok(known.includes(path), path);
});

/** As they are logged or said, where the page has its own words for a part of them. */
const MESSAGES = [
  'the policy is unreadable: every pod that asks is refused',
  'a caller does not trust the serving certificate',
  'none of its running pods carries just what it asks for',
  "does not accept the session's credentials",
  'STS calls a new token expired',
  'certificate step',
  'task works again',
  'task failed',
  'policy loaded',
  'the review failed',
  'SecretsRefused',
  'SecretsStale',
];

t.test('what it quotes of the program is what the program says', async (t) => {
  const folder = join(ROOT, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const source = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');

  for (const message of MESSAGES) {
    t.ok(PAGE.includes(message), `the page has: ${message}`);
    t.ok(source.includes(message), `the program has: ${message}`);
  }
});
