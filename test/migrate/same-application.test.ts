// The annotated result and the original give an application the same variables and files. Where they do not, the case says
// in differs.txt what is different, and the report names the difference.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startFetchPod } from '../support/fetch-pod.ts';
import { applicationIn, applicationWithMemory, readStoreFile } from './application.ts';
import { casesOf, differencesIn, streamOf } from './cases.ts';
import { differencesOf, linesOf } from './compare.ts';

for (const { name, folder } of casesOf('annotations')) {
  if (!existsSync(join(folder, 'store.yaml'))) continue;
  const store = readStoreFile(readFileSync(join(folder, 'store.yaml'), 'utf8'));
  const original = streamOf(join(folder, 'before'));
  const converted = streamOf(join(folder, 'after'));

  t.test(`${name}: with delivery secret`, async (t) => {
    const before = await applicationIn(original, store);
    const after = await applicationIn(converted, store);

    t.not(linesOf(before).size, 0, 'programs see something');
    const differences = differencesOf(before, after);
    t.strictSame(differences, differencesIn(folder));
    if (differences.length > 0)
      t.match(
        readFileSync(join(folder, 'report.txt'), 'utf8'),
        /converted, may differ: /,
        'the report says so',
      );
  });
}

/** Cases of which everything is converted, so that no Secret is needed any more; and whose values env files can hold. */
const WITHOUT_SECRETS = ['article-000', 'article-002', 'article-004', 'kes-fetched'];

for (const { name, folder } of casesOf('annotations').filter((each) => WITHOUT_SECRETS.includes(each.name))) {
  t.test(`${name}: with delivery memory, fetched by a process`, async (t) => {
    const store = readStoreFile(readFileSync(join(folder, 'store.yaml'), 'utf8'));

    const before = await applicationIn(streamOf(join(folder, 'before')), store);
    const after = await applicationWithMemory(t, streamOf(join(folder, 'after')), store, () =>
      startFetchPod(t),
    );

    t.strictSame(differencesOf(before, after), []);
  });
}
