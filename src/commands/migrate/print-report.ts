import { printable } from '../../quote.ts';
import { type Difference, DIFFERENCES } from '../../migrate/differences.ts';
import type { Row, Status } from '../../migrate/rows.ts';

const MAX_FILE = 1000;
const MAX_TEXT = 4000;

const WORDS: { readonly [S in Status]: string } = {
  converted: 'converted',
  differs: 'converted, may differ',
  kept: 'not converted',
  note: 'note',
};

/** The report as text: a line for each row, then what the differences are, then how many there were of each. */
export function printReport(rows: readonly Row[]): string {
  const used = [...new Set(rows.flatMap(({ differences }) => differences))];
  const legend = used.map((name) => `  [${name}] ${DIFFERENCES[name]}\n`).join('');
  return [
    ...rows.map((row) => `${line(row)}\n`),
    ...(legend === '' ? [] : [`latchkey: where the bytes may be others than before:\n${legend}`]),
    `latchkey: ${summary(rows)}\n`,
  ].join('');
}

function line({ file, line: number, object, status, what, text, differences }: Row): string {
  const place = `${printable(file, MAX_FILE)}:${String(number)}`;
  const subject = [...(object === undefined ? [] : [object]), printable(what, MAX_FILE)].join(': ');
  return `${place}: ${WORDS[status]}: ${subject}: ${printable(text.replaceAll('\n', '\\n'), MAX_TEXT)}${marks(differences)}`;
}

function marks(differences: readonly Difference[]): string {
  return differences.map((name) => ` [${name}]`).join('');
}

/** `3 converted, 2 of them may differ; 1 not converted`. */
export function summary(rows: readonly Row[]): string {
  const count = (...statuses: readonly Status[]) =>
    rows.filter(({ status }) => statuses.includes(status)).length;
  const differing = count('differs');
  const some = differing === 0 ? '' : `, ${String(differing)} of them may differ`;
  return `${String(count('converted', 'differs'))} converted${some}; ${String(count('kept'))} not converted`;
}
