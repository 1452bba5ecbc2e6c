// Holds our engine against the answers of Go's own, which known-answers/main.go has written.

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { functionsOf } from '../../src/templates/functions/functions.ts';
import { parseTemplate, type RenderOptions, type TemplateData } from '../../src/templates/template.ts';
import { parse } from '../../src/templates/syntax/parse.ts';
import { outcome } from './support.ts';

interface Answer {
  readonly template: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly missingKey?: NonNullable<RenderOptions['missingKey']>;
  readonly ours?: 'refused';
  readonly output?: string;
  readonly bytes?: string;
  readonly error?: boolean;
}

const FOLDER = new URL('known-answers/', import.meta.url);

function read(path: string): readonly Answer[] {
  return JSON.parse(readFileSync(new URL(path, FOLDER), 'utf8')) as readonly Answer[];
}

/** Keys that end in `|base64` hold bytes. */
function dataOf({ data = {} }: Answer): TemplateData {
  return new Map<string, string | Uint8Array>(
    Object.entries(data).map(([key, value]) =>
      key.endsWith('|base64') ? [key.slice(0, -7), Buffer.from(value, 'base64')] : [key, value],
    ),
  );
}

/** Undefined where an error is expected. */
function expected({ ours, error, bytes, output }: Answer): Buffer | undefined {
  if (ours === 'refused' || error === true) return undefined;
  return bytes === undefined ? Buffer.from(output ?? '') : Buffer.from(bytes, 'base64');
}

/** What is wrong with our answer; undefined when nothing is. */
function difference(answer: Answer): object | undefined {
  const { template, missingKey = 'error' } = answer;
  const wanted = expected(answer);
  const got = outcome(() => parseTemplate(template, { name: 't' }).render(dataOf(answer), { missingKey }));
  const output = 'output' in got ? got.output : undefined;
  const same = wanted === undefined || output === undefined ? wanted === output : wanted.equals(output);
  if (same) return undefined;
  return {
    template,
    wanted: wanted?.toString(),
    got: 'error' in got ? got.error.message : output?.toString(),
  };
}

const files = readdirSync(new URL('answers/', FOLDER));

for (const file of files) {
  const answers = read(`answers/${file}`);

  t.test(`${file}: ${String(answers.length)} templates give what Go gives`, async (t) => {
    t.same(answers.map(difference).filter(Boolean), []);
  });

  t.test(`${file}: the answers are those of the cases`, async (t) => {
    const templates = (all: readonly Answer[]) => all.map(({ template, data }) => ({ template, data }));

    t.same(templates(answers), templates(read(`cases/${file}`)));
  });

  t.test(`${file}: what is said to be refused is no error in Go`, async (t) => {
    const errors = answers.filter(({ ours, error }) => ours === 'refused' && error === true);

    t.same(
      errors.map(({ template }) => template),
      [],
    );
  });
}

// Their answers are not in a file: a private key would have to be, or ESO has changed them since.
const ELSEWHERE = ['fail', 'htpasswd', 'rsaDecrypt', 'jwkPrivateKeyPem'];

t.test('every function has an answer of Go that is no error', async (t) => {
  const answered = new Set(
    files
      .flatMap((file) => read(`answers/${file}`))
      .filter((answer) => expected(answer) !== undefined)
      .flatMap(({ template }) => parse(template, 't').mentions.map(({ name }) => name)),
  );

  const missing = [...functionsOf('external-secrets').keys()].filter((name) => !answered.has(name));
  t.same(
    missing.filter((name) => !ELSEWHERE.includes(name)),
    [],
  );
});
