// Holds the pages and the code together: what a page names must exist, and what exists must be on its page.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { COMMAND_NAMES } from '../src/commands/command.ts';
import { flagsOf } from '../src/config/flags.ts';
import { commandHelp, mainHelp } from '../src/config/help.ts';
import { CODES } from '../src/errors.ts';
import { NAMESPACE_ANNOTATIONS, POD_ANNOTATIONS, SERVICE_ACCOUNT_ANNOTATIONS } from '../src/names.ts';
import { anchors, fences, flagNames, page, pages, quotedIn, ROOT, rows, section } from './support/pages.ts';

/** `fetch` reads its arguments by itself, so they are in no table. */
const FETCH_ARGUMENTS = ['--guard', '--termination-log'];

t.test('every code has its section in docs/errors.md, and no section is of another code', async (t) => {
  const documented = [...page('docs/errors.md').matchAll(/^### (\S+)$/gm)].map(([, code = '']) => code);

  t.same(documented.toSorted(), Object.keys(CODES).toSorted());
});

for (const [code, { title, recovers }] of Object.entries(CODES)) {
  t.test(`docs/errors.md says of ${code} what the table of codes says`, async (t) => {
    const text = section(page('docs/errors.md'), `### ${code}`);

    const [, bold = '', marker = ''] = /\*\*(.+?)\.\*\*(.*)/.exec(text) ?? [];
    const [, message = ''] = /^> (.+)$/m.exec(text) ?? [];

    t.equal(bold.toLowerCase(), title.toLowerCase());
    t.equal(marker.trim(), recovers ? 'Recovers by itself.' : '');
    t.not(message, '', 'a typical message');
    if (message.includes('[LK-')) {
      t.ok(message.includes(`[${code}]. `), 'the code is in the message');
      t.equal(message.endsWith(' It recovers by itself when the cause is gone.'), recovers);
    }
  });
}

t.test("the README's table of annotations is the list in names.ts, in any order", async (t) => {
  const cells = rows(section(page('README.md'), '## Annotations')).map(([cell = '']) => cell);
  const named = cells.flatMap(quotedIn);

  t.same(named.toSorted(), [...POD_ANNOTATIONS, 'env.NAME', 'file.NAME'].toSorted());
});

t.test('the README names every annotation of namespaces and service accounts', async (t) => {
  const words = quotedIn(section(page('README.md'), '## Annotations'));

  for (const name of [...NAMESPACE_ANNOTATIONS, ...SERVICE_ACCOUNT_ANNOTATIONS]) {
    t.ok(words.includes(name), name);
  }
});

for (const command of COMMAND_NAMES.filter((name) => name !== 'fetch')) {
  t.test(`docs/operations.md names every flag of ${command} and no other`, async (t) => {
    const text = section(page('docs/operations.md'), `## Flags of ${command}`);
    const known = flagsOf(command).map(({ name }) => `--${name}`);

    t.same([...new Set(flagNames(text).filter((name) => name !== '--flag'))].toSorted(), known.toSorted());
  });

  t.test(`docs/operations.md gives the defaults of ${command}'s flags`, async (t) => {
    const table = rows(section(page('docs/operations.md'), `## Flags of ${command}`));
    const flags = new Map(flagsOf(command).map((flag) => [`--${flag.name}`, flag]));

    for (const [names = '', shown = ''] of table) {
      for (const name of flagNames(names)) {
        t.equal(shown.replaceAll('`', ''), flags.get(name)?.default ?? '', name);
      }
    }
  });
}

t.test('every flag that a page of ours mentions exists', async (t) => {
  const known = new Set([
    ...COMMAND_NAMES.flatMap(flagsOf).map(({ name }) => `--${name}`),
    ...FETCH_ARGUMENTS,
    '--help',
    '--version',
  ]);
  for (const { path, text } of pages.filter((each) => /^(README|SECURITY|docs\/(?!adr))/.test(each.path))) {
    // In prose, a flag stands in backquotes and begins them; those of other programs follow their program's name.
    const words = quotedIn(text.replaceAll(/^```[\s\S]*?^```/gm, '')).filter((word) => word.startsWith('--'));
    for (const name of words.flatMap(flagNames)) t.ok(known.has(name), `${path}: ${name}`);
  }
});

/** Lines of a code fence that call the program: the command's name and the whole call. */
function calls(text: string): readonly (readonly [command: string, line: string])[] {
  const call = /(?<=^|[|;&] )(?:\$ )?(?:npx )?latchkey ([a-z-]+)[^|;&\n]*/gm;
  return fences(text).flatMap((fence) =>
    [...fence.text.matchAll(call)].map(([line, command = '']) => [command, line] as const),
  );
}

function flagsKnownTo(command: string): readonly string[] {
  const name = COMMAND_NAMES.find((known) => known === command);
  const own =
    name === 'fetch' ? FETCH_ARGUMENTS : flagNames(name === undefined ? mainHelp() : commandHelp(name));
  return [...own, '--help', '--version'];
}

t.test('every latchkey command line on a page is one that --help knows', async (t) => {
  const found = pages.flatMap(({ path, text }) => calls(text).map((call) => ({ path, call })));
  t.not(found.length, 0);

  for (const { path, call } of found) {
    const [command, line] = call;
    t.ok(command.startsWith('--') || COMMAND_NAMES.some((name) => name === command), `${path}: ${line}`);
    t.same(
      flagNames(line).filter((flag) => !flagsKnownTo(command).includes(flag)),
      [],
      `${path}: ${line}`,
    );
  }
});

t.test('every npm script that a page names exists', async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  for (const { path, text } of pages) {
    for (const [, name = ''] of text.matchAll(/npm run ([a-z][a-z:]*)/g)) {
      t.ok(Object.hasOwn(scripts, name), `${path}: npm run ${name}`);
    }
  }
});

t.test('the README opens with its two commands', async (t) => {
  const [first] = fences(page('README.md'));

  t.match(first?.text, /^npm ci && npm run demo\b.*\nnpm ci && npm test\b/);
});

t.test('every relative link leads to a file, and its anchor to a heading', async (t) => {
  for (const { path, text } of pages) {
    const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
    for (const [, target = ''] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const linked = file === '' ? path : join(dirname(path), file);
      t.ok(existsSync(join(ROOT, linked)), `${path}: ${target}`);
      if (anchor !== undefined && linked.endsWith('.md') && existsSync(join(ROOT, linked))) {
        t.ok(anchors(linked).includes(anchor), `${path}: ${target}`);
      }
    }
  }
});

t.test("no page names a path of somebody's machine", async (t) => {
  for (const { path, text } of pages) {
    t.notMatch(text, /(?<![\w./-])\/(?:work|home|root|Users)\//, path);
  }
});

t.test('records of decisions have numbers of their own, which their titles repeat', async (t) => {
  const records = pages.filter(({ path }) => path.startsWith('docs/adr/'));
  const numbers = records.map(({ path }) => Number(/\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1]));

  t.equal(new Set(numbers).size, records.length);
  for (const [index, { path, text }] of records.entries()) {
    t.ok(text.startsWith(`# ${String(numbers[index])}. `), path);
    for (const heading of ['Status', 'Context', 'Decision', 'Consequences']) {
      t.match(text, `\n## ${heading}\n`, `${path}: ${heading}`);
    }
  }
});

t.test('the changelog has an entry for the version in package.json', async (t) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };

  t.ok(page('CHANGELOG.md').includes(`\n## [${version}] - `));
});
