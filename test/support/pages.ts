// The Markdown pages of the repository, and the little of their grammar that the tests of the docs need.

import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SKIPPED = new Set(['node_modules', 'dist']);

export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export interface Fence {
  readonly language: string;
  readonly text: string;
}

export const pages: readonly Page[] = await readPages();

export function page(path: string): string {
  const found = pages.find((each) => each.path === path);
  if (found === undefined) throw new Error(`${path} is missing`);
  return found.text;
}

async function readPages(): Promise<readonly Page[]> {
  const entries = await readdir(ROOT, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !isSkipped(entry.name));
  const below = await Promise.all(
    folders.map(async ({ name }) =>
      (await readdir(join(ROOT, name), { recursive: true })).map((path) => join(name, path)),
    ),
  );
  return [...entries.filter((entry) => entry.isFile()).map(({ name }) => name), ...below.flat()]
    .filter((path) => path.endsWith('.md') && !path.split('/').some(isSkipped))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

function isSkipped(name: string): boolean {
  return name.startsWith('.') || SKIPPED.has(name);
}

export function fences(text: string): readonly Fence[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, language = '', body = '']) => ({
    language,
    text: body.replaceAll(/\\\n\s*/g, ' '),
  }));
}

/** The text below a heading, up to the next one of the same or a higher level. */
export function section(text: string, heading: string): string {
  const level = heading.indexOf(' ');
  const start = text.indexOf(`\n${heading}\n`);
  if (start === -1) throw new Error(`no section ${heading}`);
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${String(level)}} `, 'm'));
  return end === -1 ? rest : rest.slice(0, end);
}

/** The rows of all tables in a text, as cells; heads and rules included. */
export function rows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** What stands in backquotes. */
export function quotedIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}

export function flagNames(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([name]) => name);
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchors(path: string): readonly string[] {
  return [...page(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
