// Pages that there are in two languages say the same, section by section: commands, tables, links and codes are compared.

import { dirname, join } from 'node:path/posix';
import t from 'tap';
import { anchors, fences, page, quotedIn, rows } from './support/pages.ts';

const TRANSLATED = [
  ['README.md', 'README.ja.md'],
  ['docs/runbook.md', 'docs/ja/runbook.md'],
] as const;

interface Section {
  readonly heading: string;
  /** 1 for the page's title. */
  readonly level: number;
  readonly text: string;
  readonly prose: string;
}

function sectionsOf(path: string): readonly Section[] {
  // A comment of a shell does not stand at the beginning of a line on these pages.
  return page(path)
    .split(/^(?=#+ )/m)
    .map((text) => {
      const [, marks = '', heading = ''] = /^(#+) (.*)$/m.exec(text) ?? [];
      return { heading, level: marks.length, text, prose: text.replaceAll(/^```[\s\S]*?^```/gm, '') };
    });
}

/** Commands as they are typed: comments, and what people read in a picture, may be in another language. */
function commandsOf({ text }: Section): readonly string[] {
  return fences(text).map(({ language, text: code }) =>
    code
      .split('\n')
      .map((line) =>
        language === 'mermaid' ? line.replace(/(: | as ).*$/, '$1') : line.replace(/ +# .*$/, ''),
      )
      .join('\n'),
  );
}

/** Where links lead, independent of the language of page and anchor. */
function linksOf(path: string, { prose }: Section): readonly string[] {
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.map((target) => canonical(path, target)).toSorted();
}

function canonical(path: string, target: string): string {
  if (/^[a-z]+:/.test(target)) return target;
  const [file = '', anchor] = target.split('#');
  const linked = file === '' ? path : join(dirname(path), file);
  const pair = TRANSLATED.find((each) => (each as readonly string[]).includes(linked));
  const place = anchor === undefined || pair === undefined ? anchor : anchors(linked).indexOf(anchor);
  return `${pair?.[0] ?? linked}${place === undefined ? '' : `#${String(place)}`}`;
}

/** Outside of tables, a paragraph or a list is one. */
function paragraphsOf({ prose }: Section): readonly string[] {
  return prose.split(/\n\n+/).filter((text) => text.trim() !== '' && !text.startsWith('>'));
}

for (const [original, translation] of TRANSLATED) {
  const [ours, theirs] = [sectionsOf(original), sectionsOf(translation)];

  t.test(`${translation} has the headings of ${original}`, async (t) => {
    t.same(
      theirs.map(({ level }) => level),
      ours.map(({ level }) => level),
    );
  });

  for (const [index, section] of ours.entries()) {
    const other = theirs[index];
    if (other === undefined) continue;
    t.test(`${translation} says what ${original} says below "${section.heading}"`, async (t) => {
      t.same(commandsOf(other), commandsOf(section), 'commands');
      t.same(
        rows(other.prose).map((cells) => cells.length),
        rows(section.prose).map((cells) => cells.length),
        'rows and columns of tables',
      );
      t.same(linksOf(translation, other), linksOf(original, section), 'links');
      t.same(
        quotedIn(other.prose).toSorted(),
        quotedIn(section.prose).toSorted(),
        'codes, flags, names, messages',
      );
      t.equal(count(other.prose, /^- /gm), count(section.prose, /^- /gm), 'list entries');
      // English writes small ones as words.
      t.same(missing(numbersOf(section), numbersOf(other)), [], 'numbers');
    });
  }

  t.test(`nothing of ${translation} is left in English`, async (t) => {
    for (const text of theirs.flatMap(paragraphsOf).slice(1)) {
      t.match(text, /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|\[English\]/u, text);
    }
  });
}

/** Outside of codes and links. */
function numbersOf({ prose }: Section): readonly string[] {
  const text = prose.replaceAll(/`[^`]+`|\]\([^)]*\)/g, '');
  return [...text.matchAll(/\d+(?:\.\d+)*/g)].map(([number]) => number);
}

/** What of the first list the second one lacks. */
function missing(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const left = [...found];
  return wanted.filter((each) => {
    const index = left.indexOf(each);
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
}

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
