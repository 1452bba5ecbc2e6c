// Walks test/fixtures/definitions/ascp: adding a case is adding a file.

import t from 'tap';

import { LatchkeyError, type Problem } from '../../../src/errors.ts';
import { shown } from '../shown-secret.ts';
import { carryOut, filesOf, type CarriedFile, type Outcome, read, readCases } from './fixture.ts';

for (const each of readCases()) {
  const { name, outcome } = each;

  t.test(name, async (t) => {
    const result = read(each);

    const problems = result.kind === 'problems' ? result.problems : [];
    t.same(codesAndFields(problems), outcome.problems ?? []);
    const said = [JSON.stringify(problems)];
    if (result.kind === 'class') {
      const { providerClass } = result;
      t.equal(providerClass.warnings.length, outcome.warnings?.length ?? 0, String(providerClass.warnings));
      for (const [index, text] of (outcome.warnings ?? []).entries())
        t.match(providerClass.warnings[index], text);
      const files = await filesOf(providerClass, outcome.aws);
      t.strictSame(
        Object.fromEntries(files.map((file) => [file.path, shownFile(file)])),
        outcome.files ?? {},
      );
      for (const [path, asks] of Object.entries(outcome.asks ?? {}))
        t.equal(files.find((file) => file.path === path)?.asks, asks, path);
      said.push(JSON.stringify(files.map(({ value }) => value instanceof LatchkeyError && value)));
      for (const [secret, wanted] of Object.entries(outcome.secrets ?? {})) {
        const { composed } = await carryOut(providerClass, secret, outcome);
        const found = composed.kind === 'secret' ? shown(composed) : composed;
        t.strictSame(
          composed.kind === 'problems' ? codesAndFields(composed.problems) : found,
          wanted,
          secret,
        );
        said.push(JSON.stringify(composed));
      }
    }
    if (outcome.says !== undefined) t.ok(said.join().includes(outcome.says), said.join());
    t.notMatch(said.join(), /fixture-value/, 'no value is said');
  });
}

function shownFile({ mode, value }: CarriedFile): NonNullable<Outcome['files']>[string] {
  const octal = mode === undefined ? {} : { mode: mode.toString(8).padStart(4, '0') };
  if (value instanceof LatchkeyError) return { code: value.code, ...octal };
  const bytes = Buffer.from(value);
  const text = bytes.toString('utf8');
  const content = Buffer.from(text).equals(bytes) ? { text } : { base64: bytes.toString('base64') };
  return { ...content, ...octal };
}

function codesAndFields(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, field }) => `${code} ${field}`);
}
