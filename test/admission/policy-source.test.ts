import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { createPolicySource } from '../../src/admission/policy-source.ts';
import type { Policy, UnreadablePolicy } from '../../src/policy/policy.ts';

const GOOD = 'version: 1\nrules: [{ namespaces: { names: ["*"] }, names: ["**"] }]\n';

async function sourceOf(t: Test) {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-policy-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const file = join(directory, 'policy.yaml');
  const time = { now: 0 };
  const loads: (Policy | UnreadablePolicy)[] = [];
  const source = createPolicySource({
    file,
    clock: { now: () => time.now, wall: () => time.now },
    onLoad: (policy) => loads.push(policy),
  });
  const replace = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  return { file, source, time, loads, replace };
}

t.test('a changed file is a changed policy, some seconds later', async (t) => {
  const { source, time, loads, replace } = await sourceOf(t);
  await replace(GOOD);

  t.match(await source.current(), { kind: 'policy', rules: [{ index: 0 }] });
  await replace('version: 1\nrules: []\n');
  t.match(await source.current(), { kind: 'policy', rules: [{ index: 0 }] });
  time.now += 6_000;
  t.same(await source.current(), { kind: 'policy', rules: [] });
  time.now += 6_000;
  await source.current();
  t.equal(loads.length, 2, 'an unchanged file is not read again');
});

t.test('a file that turns bad refuses, and a good one heals it', async (t) => {
  const { file, source, time, replace } = await sourceOf(t);
  await replace(GOOD);
  await source.current();

  await replace('version: 1\nrules: hunter2 [');
  time.now += 6_000;
  const bad = await source.current();
  await rm(file);
  time.now += 6_000;
  const gone = await source.current();
  await replace(GOOD);
  time.now += 6_000;
  const healed = await source.current();

  t.match(bad, { kind: 'unreadable', reason: /rules/ });
  t.notMatch(JSON.stringify(bad), 'hunter2');
  t.match(gone, { kind: 'unreadable', reason: /not there/ });
  t.equal(healed.kind, 'policy');
});

t.test('callers that come together share one look', async (t) => {
  const { source, loads, replace } = await sourceOf(t);
  await replace(GOOD);

  await Promise.all([source.current(), source.current(), source.current()]);

  t.equal(loads.length, 1);
});
