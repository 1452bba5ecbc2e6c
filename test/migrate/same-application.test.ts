// The annotated result and the original give an application the same variables and files. Where they do not, the case says
// in differs.txt what is different, and the report names the difference.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startFetchPod } from '../support/fetch-pod.ts';
import { type Application, applicationIn, applicationWithMemory, readStoreFile } from './application.ts';
import { casesOf, streamOf } from './cases.ts';

/** Everything that programs see, a line each. */
function linesOf(application: Application): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(application).flatMap(([workload, containers]) => {
      if (typeof containers === 'string') return [[workload, containers] as const];
      return Object.entries(containers).flatMap(([name, { env, files }]) => [
        ...Object.entries(env).map(([key, value]) => [`${workload}, ${name}, env ${key}`, value] as const),
        ...Object.entries(files).map(
          ([path, { bytes, mode }]) =>
            [`${workload}, ${name}, file ${path}`, `${mode.toString(8)} ${JSON.stringify(bytes)}`] as const,
        ),
      ]);
    }),
  );
}

function differencesOf(before: Application, after: Application): readonly string[] {
  const [was, is] = [linesOf(before), linesOf(after)];
  const places = [...new Set([...was.keys(), ...is.keys()])].sort();
  return places
    .filter((place) => was.get(place) !== is.get(place))
    .map((place) => `${place}: ${was.get(place) ?? 'nothing'} -> ${is.get(place) ?? 'nothing'}`);
}

for (const { name, folder } of casesOf('annotations')) {
  if (!existsSync(join(folder, 'store.yaml'))) continue;
  const store = readStoreFile(readFileSync(join(folder, 'store.yaml'), 'utf8'));
  const original = streamOf(join(folder, 'before'));
  const converted = streamOf(join(folder, 'after'));

  t.test(`${name}: with delivery secret`, async (t) => {
    const listed = join(folder, 'differs.txt');

    const before = await applicationIn(original, store);
    const after = await applicationIn(converted, store);

    t.not(linesOf(before).size, 0, 'programs see something');
    const differences = differencesOf(before, after);
    t.strictSame(differences, existsSync(listed) ? readFileSync(listed, 'utf8').trimEnd().split('\n') : []);
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
