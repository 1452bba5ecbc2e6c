import t from 'tap';
import * as fc from 'fast-check';
import { describe } from '../../src/errors.ts';
import { envFile, MAX_LINE_BYTES } from '../../src/fetch/env-file.ts';
import type { EnvFileEntry } from '../../src/fetch/env-file.ts';
import { SENTINEL_VALUE, SENTINEL_VARIABLE } from '../../src/names.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { readKubeletEnvFile } from '../support/kubelet-env-file.ts';

function entry(key: string, value: string | Uint8Array): EnvFileEntry {
  return {
    key,
    value: new SecretValue(value),
    place: { label: `env ${key}`, field: `metadata.annotations[latchkey.dev/env.${key}]` },
  };
}

function written(entries: readonly EnvFileEntry[]): Uint8Array {
  const file = envFile(entries);
  if (file.kind !== 'file') throw new Error(file.problems.map(describe).join('\n'));
  return file.bytes;
}

function read(bytes: Uint8Array, key: string): string {
  return Buffer.from(readKubeletEnvFile(bytes, key)).toString('utf8');
}

/** What the grammar can carry, said in another way than the writer says it. */
function isRepresentable(value: Uint8Array): boolean {
  const bytes = Buffer.from(value).toString('latin1');
  const utf8 = Buffer.from(Buffer.from(value).toString('utf8'), 'utf8').equals(value);
  return utf8 && bytes !== '' && !/['\0]|\r\n/.test(bytes);
}

const nasty = fc.array(
  fc.oneof(
    fc.constantFrom(
      "'",
      '\n',
      '\r',
      '\r\n',
      '\0',
      '\\',
      '"',
      '$(A)',
      '#',
      '=',
      ' ',
      '\t',
      '\u2028',
      '\uFEFF',
      '💥',
      '',
    ),
    fc.string({ unit: 'grapheme' }),
  ),
  { maxLength: 8 },
);

t.test(
  'a file without variables holds the sentinel alone, so that the guard has something to read',
  async (t) => {
    const bytes = written([]);

    t.equal(Buffer.from(bytes).toString(), `${SENTINEL_VARIABLE}='${SENTINEL_VALUE}'\n`);
  },
);

t.test('every text that is allowed comes out of the kubelet as it went in', async () => {
  fc.assert(
    fc.property(fc.array(nasty, { maxLength: 5 }), (values) => {
      const entries = values
        .map((pieces, index) => entry(`env.NAME_${index}`, pieces.join('')))
        .filter((e) => isRepresentable(e.value.reveal()));

      const bytes = written(entries);

      return entries.every((e) => Buffer.compare(readKubeletEnvFile(bytes, e.key), e.value.reveal()) === 0);
    }),
    { numRuns: 500 },
  );
});

t.test('whatever the kubelet could not give back is refused, and nothing else is', async () => {
  fc.assert(
    fc.property(
      fc.oneof(
        nasty.map((p) => Buffer.from(p.join(''))),
        fc.uint8Array({ maxLength: 12 }),
      ),
      (value) => {
        const file = envFile([entry('env.A', value)]);

        return (file.kind === 'file') === isRepresentable(value);
      },
    ),
    { numRuns: 1000 },
  );
});

for (const [what, value, reason] of [
  [
    'a single quote',
    "pa'ss",
    /single quote.*\[LK-ENV-FILE\]\. Deliver it as a file, add the option encode=base64.*"secret"/,
  ],
  ['an empty value', '', /empty.*Deliver it as a file, or use the delivery "secret"\./],
  ['a NUL', 'a\0b', /NUL.*Deliver it as a file, or add the option encode=base64/],
  ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0x62]), /not UTF-8.*Deliver it as a file/],
  ['a carriage return at a line end', 'one\r\ntwo', /carriage return/],
  ['a line of 64 KiB', 'x'.repeat(64 * 1024), /64 KiB.*Deliver it as a file, or use the delivery "secret"\./],
] as const) {
  t.test(`${what} is refused with the variable's name and the way out, and without the value`, async (t) => {
    const file = envFile([entry('env.FINE', 'fine'), entry('env.BAD', value)]);

    t.equal(file.kind, 'problems');
    if (file.kind !== 'problems') return;
    const [problem, ...others] = file.problems;
    t.match(describe(problem), reason);
    t.match(problem, { code: 'LK-ENV-FILE', place: 'env env.BAD', field: /env\.BAD/ });
    t.notMatch(JSON.stringify(problem), /pa'ss|xxxx/);
    t.same(others, []);
  });
}

t.test('every bad variable is named at once', async (t) => {
  const file = envFile([entry('env.A', "'"), entry('env.B', 'fine'), entry('env.C', '')]);

  t.same(file.kind === 'problems' && file.problems.map((p) => p.place), ['env env.A', 'env env.C']);
});

t.test('carriage returns are kept wherever the kubelet keeps them', async (t) => {
  const value = '\ra\rb\n\r';

  t.equal(read(written([entry('env.A', value)]), 'env.A'), value);
});

t.test(
  'a line may be one byte short of 64 KiB, key and quotes counted, in any line of a value',
  async (t) => {
    const key = 'env.LONG';
    const first = MAX_LINE_BYTES - key.length - 2;
    const last = MAX_LINE_BYTES - 1;
    const fits = `${'a'.repeat(first)}\n${'b'.repeat(MAX_LINE_BYTES)}\n${'c'.repeat(last)}`;

    t.equal(read(written([entry(key, fits)]), key), fits);
    t.equal(envFile([entry(key, `a${fits}`)]).kind, 'problems', 'the first line carries the key');
    t.equal(envFile([entry(key, `${fits}c`)]).kind, 'problems', 'the last line carries the quote');
    t.equal(envFile([entry(key, fits.replace('b', 'bb'))]).kind, 'problems', 'a line between');
    t.throws(
      () => readKubeletEnvFile(Buffer.from(`${key}='${'a'.repeat(first)}'\n`), key),
      'as the kubelet does',
    );
  },
);

t.test('a value that looks like other lines does not reach the variables behind it', async (t) => {
  const bytes = written([
    entry('env.A', 'x\nenv.B=1\n#\n \nenv.C='.replaceAll("'", '')),
    entry('env.B', 'real'),
  ]);

  t.equal(read(bytes, 'env.B'), 'real');
});

t.test("the kubelet's grammar as its own tests pin it", async (t) => {
  t.equal(read(Buffer.from("  \tA='1'\n"), 'A'), '1', 'leading blanks');
  t.equal(read(Buffer.from("# c\n\nA='1' # c\n"), 'A'), '1', 'comments and empty lines');
  t.equal(read(Buffer.from("A='first'\nA='second'\n"), 'A'), 'first', 'the first of two wins');
  t.equal(read(Buffer.from("A= '1'\n"), 'A'), '', 'a blank behind = empties');
  t.equal(read(Buffer.from("A='1'"), 'A'), '1', 'no newline at the end');
  t.equal(read(Buffer.from("A='1\r\n2'\r\n"), 'A'), '1\n2', 'carriage returns at line ends are lost');
  t.equal(read(Buffer.from("B='1'\n"), 'A'), '', 'a missing key is empty');
  for (const bad of ['A\n', "='1'\n", "A ='1'\n", 'A=1\n', 'A="1"\n', "A='1\n", "A='1''2'\n"]) {
    t.throws(() => readKubeletEnvFile(Buffer.from(bad), 'A'), bad);
  }
});
