// Holds our part of lodash's templates against the answers of lodash itself, which known-answers/lodash/generate.js
// has written.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseLodashTemplate } from '../../../src/templates/lodash/lodash-template.ts';
import { outcome } from '../support.ts';

interface Answer {
  readonly template: string;
  readonly data?: Readonly<Record<string, string>>;
  /** `empty` where lodash finds a key of a prototype, and we none. */
  readonly ours?: 'refused' | 'empty';
  readonly output?: string;
  readonly error?: boolean;
}

const FOLDER = new URL('../known-answers/lodash/', import.meta.url);

function read(name: string): readonly Answer[] {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as readonly Answer[];
}

/** Undefined where an error is expected. */
function expected({ ours, error, output }: Answer): string | undefined {
  if (ours === 'empty') return '';
  return ours === 'refused' || error === true ? undefined : output;
}

function difference(answer: Answer): object | undefined {
  const { template, data = {} } = answer;
  const got = outcome(() =>
    parseLodashTemplate(template, { name: 't' }).render(new Map(Object.entries(data))),
  );
  const output = 'output' in got ? got.output : undefined;
  if (output === expected(answer)) return undefined;
  return { template, wanted: expected(answer), got: 'error' in got ? got.error.message : output };
}

t.test('templates give what lodash gives, or are refused', async (t) => {
  t.same(read('answers.json').map(difference).filter(Boolean), []);
});

t.test('the answers are those of the cases', async (t) => {
  const templates = (name: string) => read(name).map(({ template, data }) => ({ template, data }));

  t.same(templates('answers.json'), templates('cases.json'));
});
