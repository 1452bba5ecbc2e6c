import { createTwoFilesPatch } from 'diff';

import type { ChangedFile } from '../../migrate/changed-files.ts';
import { DIFFERENCES } from '../../migrate/differences.ts';
import type { Row } from '../../migrate/rows.ts';
import { safeJson } from '../render/safe-output.ts';

/** Every file as it is now, as one stream of documents. */
export function printManifests(files: readonly ChangedFile[]): string {
  return files
    .map(({ after }, index) => {
      const text = after === '' || after.endsWith('\n') ? after : `${after}\n`;
      return index === 0 || text === '' || /^---(?:\s|$)/.test(text) ? text : `---\n${text}`;
    })
    .join('');
}

// What a terminal could take for more than text.
const UNSAFE = /(?!\n|\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** What changes, as a unified diff. */
export function printDiff(files: readonly ChangedFile[]): string {
  return files
    .filter(({ before, after }) => before !== after)
    .map(({ name, before, after }) =>
      createTwoFilesPatch(name, name, before, after, undefined, undefined, { context: 3 })
        .replace(/^(?:Index: .*\n)?=+\n/, '')
        .replaceAll(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`),
    )
    .join('');
}

/** Report and files for programs. */
export function printJson(files: readonly ChangedFile[], rows: readonly Row[]): string {
  const used = new Set(rows.flatMap(({ differences }) => differences));
  return `${safeJson({
    files: files.map(({ name, before, after }) => ({ file: name, changed: before !== after })),
    report: rows,
    differences: Object.fromEntries([...used].map((name) => [name, DIFFERENCES[name]])),
  })}\n`;
}
