// What KES makes of its definitions and what ESO makes of the converted ones are the same Secrets, byte for byte; where they
// are not, the report named the difference.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { stringify } from 'yaml';
import type { Difference } from '../../src/migrate/differences.ts';
import { readDocuments } from '../../src/manifests/documents.ts';
import { objectsOf } from '../../src/manifests/objects.ts';
import { migrateToEso } from '../../src/migrate/migrate.ts';
import { carryOut, readCase } from '../definitions/kes/fixture.ts';
import { type Made, objectsIn, readStoreFile, REGION, secretsMade } from './application.ts';
import { casesOf, streamOf } from './cases.ts';

interface Shown {
  readonly data: Readonly<Record<string, string>>;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function shown({ data, ...rest }: Made): Shown {
  return {
    ...rest,
    data: Object.fromEntries(
      [...data]
        .map(([key, value]) => [key, Buffer.from(value).toString('latin1')] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

for (const { name, folder } of casesOf('eso')) {
  if (!existsSync(join(folder, 'store.yaml'))) continue;

  t.test(`${name}: the same Secrets`, async (t) => {
    const store = readStoreFile(readFileSync(join(folder, 'store.yaml'), 'utf8'));

    const before = await secretsMade(objectsIn(streamOf(join(folder, 'before'))), store);
    const after = await secretsMade(objectsIn(streamOf(join(folder, 'after'))), store);

    t.not(before.size, 0);
    t.same([...after.keys()].sort(), [...before.keys()].sort(), 'the same names');
    for (const [key, made] of before) t.strictSame(shown(after.get(key) ?? made), shown(made), key);
  });
}

const FOLDER = new URL('../fixtures/definitions/', import.meta.url);

let compared = 0;
let equal = 0;

async function check(t: Test, path: string): Promise<void> {
  const each = readCase(path);
  const { composed } = await carryOut(each);
  if (composed.kind !== 'secret') return;
  const text = stringify(each.definition);
  const { documents } = readDocuments(text, 'all.yaml');
  const region = each.outcome.context?.region ?? REGION;
  const { files, rows } = migrateToEso(
    {
      files: [{ name: 'all.yaml', text, documents }],
      objects: documents.flatMap(objectsOf),
      findings: [],
    },
    {
      namespace: 'default',
      region,
      storeKind: 'SecretStore',
      refreshInterval: '1h',
      defaults: { delivery: 'secret', skipContainers: [] },
    },
  );
  if (rows.some(({ status }) => status === 'kept')) {
    t.equal(files[0]?.after, text, 'what cannot be converted stays');
    return;
  }
  const store = readStoreFile(JSON.stringify(each.outcome.aws));
  const made = await secretsMade(objectsIn(files[0]?.after ?? ''), store);
  const [after] = [...made.values()];
  const { data, type, labels, annotations } = composed.draft;
  const before = {
    data: new Map([...data].map(([key, value]) => [key, value.reveal()])),
    type,
    labels,
    annotations,
  };
  compared += 1;
  const isSame = after !== undefined && JSON.stringify(shown(after)) === JSON.stringify(shown(before));
  const told: readonly Difference[] = rows.flatMap(({ differences }) => differences);
  if (isSame) equal += 1;
  else t.not(told.length, 0, 'the difference was named');
  if (told.length === 0) t.strictSame(after && shown(after), shown(before));
}

for (const path of ['kes', 'articles'].flatMap((folder) =>
  readdirSync(new URL(folder, FOLDER)).map((file) => `${folder}/${file}`),
)) {
  if (
    (readCase(path).definition as { apiVersion?: unknown } | null)?.apiVersion !== 'kubernetes-client.io/v1'
  )
    continue;

  t.test(`${path}: as a definition of ESO`, (t) => check(t, path));
}

t.test('most fixtures are converted, and most to the same bytes', async (t) => {
  t.ok(compared > 25, `${compared} were compared`);
  t.ok(equal > 20, `${equal} were the same`);
});
