// What docs/compatibility.md says of one kind of definition, beside what the code says.

import { page, rows, section } from './pages.ts';
import type { Difference } from '../../src/definitions/difference.ts';

type Rows = readonly (readonly string[])[];

export interface CompatibilityPage {
  /** The rows of a section's table, without its head. */
  table(heading: string): Rows;
  /** Each field and what becomes of it, as the table lists them. */
  fields(heading: string): Rows;
}

/** @param kind the heading of the kind's part; absent: the whole page */
export function compatibilityPage(kind?: string): CompatibilityPage {
  const whole = page('docs/compatibility.md');
  const part = kind === undefined ? whole : section(whole, kind);
  const table = (heading: string): Rows => rows(section(part, heading)).slice(2);
  return {
    table,
    fields: (heading) =>
      table(heading).map(([field = '', verdict = '']) => [field.replaceAll('`', ''), verdict]),
  };
}

/** The rows that the page must have of these. */
export function differenceRows(differences: readonly Difference[]): Rows {
  return differences.map(({ field, where, original, code, instead }) => [
    field.includes('.') ? `\`${field}\`` : field,
    where,
    original,
    code === undefined ? (instead ?? '') : `\`${code}\``,
  ]);
}
