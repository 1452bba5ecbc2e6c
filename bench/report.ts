import type { Check, Row, Unit } from './row.ts';

/** What happened to a row: measured, or why it could not be. */
export type Outcome = { readonly row: Row } | { readonly name: string; readonly failure: string };

const HEAD = ['what', 'bar', 'measured', 'half of the rounds', ''] as const;

/** Every check as a line of a table, and below it the plain numbers. */
export function table(outcomes: readonly Outcome[]): string {
  const lines = [HEAD, ...outcomes.flatMap(linesOf)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const drawn = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const notes = outcomes.flatMap((outcome) =>
    'row' in outcome ? outcome.row.notes.map((note) => `${outcome.row.name}: ${note}`) : [],
  );
  return [...drawn.slice(0, 1), rule, ...drawn.slice(1), '', ...notes]
    .map((line) => line.trimEnd())
    .join('\n');
}

function linesOf(outcome: Outcome): readonly (readonly string[])[] {
  if (!('row' in outcome)) return [[outcome.name, '', 'not measured', '', outcome.failure]];
  return outcome.row.checks.map((check) => {
    const { label, unit, bar, measured, met } = check;
    const sign = { 'at least': '≥', 'at most': '≤', exactly: '=' }[bar.kind];
    return [
      label,
      `${sign} ${shown(bar.value, unit)}`,
      shown(measured, unit),
      quartiles(check),
      met ? 'met' : 'MISSED',
    ];
  });
}

function quartiles({ low, high, unit }: Check): string {
  return low === undefined || high === undefined ? '' : `${shown(low, unit)} – ${shown(high, unit)}`;
}

const SHOWN: Readonly<Record<Unit, (number: number) => string>> = {
  percent: (number) => `${(number * 100).toFixed(1)} %`,
  times: (number) => `${number.toFixed(2)}×`,
  megabytes: (number) => `${(number / 1e6).toFixed(1)} MB`,
  count: String,
};

function shown(number: number, unit: Unit): string {
  return SHOWN[unit](number);
}
