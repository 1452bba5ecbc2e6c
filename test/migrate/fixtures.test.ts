// Walks test/fixtures/migrate: adding a case is adding a folder.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { casesOf, convert, convertCopy, filesBelow } from './cases.ts';

for (const kind of ['annotations', 'eso']) {
  for (const each of casesOf(kind)) {
    t.test(`${kind}: ${each.name}`, async (t) => {
      const to = ['--to', kind];

      const { code, report, copy, stdout } = await convert(t, each, to);

      const after = filesBelow(join(each.folder, 'after'));
      t.strictSame(filesBelow(copy), after, 'the files');
      t.equal(report, readFileSync(join(each.folder, 'report.txt'), 'utf8'), 'the report');
      t.equal(code, report.includes(': not converted: ') ? 1 : 0, 'the exit code');
      t.equal(stdout, '', 'nothing is printed');

      await convertCopy(copy, [...to, ...each.flags]);

      t.strictSame(filesBelow(copy), after, 'a second time changes nothing');
    });
  }
}
