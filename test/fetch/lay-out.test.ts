import t from 'tap';
import type { FetchPlan } from '../../src/delivery/fetch-plan.ts';
import { LatchkeyError } from '../../src/errors.ts';
import { layOut } from '../../src/fetch/lay-out.ts';
import { SENTINEL_VALUE, SENTINEL_VARIABLE } from '../../src/names.ts';
import type { Filled } from '../../src/request/evaluate.ts';
import type { Item, Slot } from '../../src/request/plan.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { bulk, ssm, wish } from '../support/fetch-pod.ts';

const ROOTS = { filesRoot: '/v/files', pathsRoot: '/v/paths', envFile: '/v/env/env' };

function plan(items: readonly Item[], changes: Partial<FetchPlan> = {}): FetchPlan {
  const parts = { items, bulks: [], fileMode: 0o440 };
  return {
    version: 1,
    plan: parts,
    namespace: 'shop',
    serviceAccount: 'web',
    deadlineSeconds: 1,
    ...changes,
  };
}

function fill(slot: Slot, value = 'value'): Filled {
  return { slot, value: new SecretValue(value) };
}

function placesOf(fetchPlan: FetchPlan, filled: readonly Filled[]): readonly string[] {
  const laidOut = layOut(fetchPlan, filled);
  return laidOut.kind === 'files'
    ? laidOut.files.map(({ root, path, mode }) => `${root}|${path}|${mode.toString(8)}`)
    : [];
}

t.test(
  'files go below the mount path or under the number of their mount, variables into one file',
  async (t) => {
    const items = [
      wish('env', 'A', ssm('/a')),
      wish('file', '/z', ssm('/a')),
      wish('file', '/b/c', ssm('/a')),
      wish('file', 'd/e', ssm('/a')),
    ];

    const places = placesOf(plan(items, ROOTS), [
      fill({ kind: 'env', name: 'A' }),
      fill({ kind: 'file', path: '/z', mode: 0o400 }),
      fill({ kind: 'file', path: '/b/c' }),
      fill({ kind: 'file', path: 'd/e' }),
    ]);

    t.same(places, ['/v/paths|1|400', '/v/paths|0|440', '/v/files|d/e|440', '/v/env|env|400']);
  },
);

t.test('numbers do not move when an optional file is left out', async (t) => {
  const items = [wish('file', '/a', ssm('/a', { optional: true })), wish('file', '/b', ssm('/b'))];

  t.same(placesOf(plan(items, { pathsRoot: '/v/paths' }), [fill({ kind: 'file', path: '/b' })]), [
    '/v/paths|1|440',
  ]);
});

t.test('the env file is written wherever the plan names it, and only there', async (t) => {
  t.same(placesOf(plan([], { envFile: '/v/env/env' }), []), ['/v/env|env|400']);
  t.same(placesOf(plan([], { filesRoot: '/v/files' }), []), []);
});

t.test('keys of the env file are those of the variables that the webhook wrote', async (t) => {
  const laidOut = layOut(plan([], ROOTS), [
    fill({ kind: 'env', name: 'A' }, '1'),
    fill({ kind: 'in-place', container: 'app', variable: 'URL', index: 2 }, '2'),
  ]);

  t.equal(laidOut.kind, 'files');
  const [file] = laidOut.kind === 'files' ? laidOut.files : [];
  t.equal(
    Buffer.from(file?.value.reveal() ?? []).toString(),
    `${SENTINEL_VARIABLE}='${SENTINEL_VALUE}'\nenv.A='1'\nin-place.app.URL.2='2'\n`,
  );
});

t.test('a member of a bulk reference is told with the annotation that asked for it', async (t) => {
  const bulks = [bulk('env', ssm('/all', { address: { below: 'one-level' } }))];
  const fetchPlan = plan([], { ...ROOTS, plan: { items: [], bulks, fileMode: 0o444 } });

  const laidOut = layOut(fetchPlan, [fill({ kind: 'env', name: 'MEMBER' }, "it's")]);

  t.match(laidOut, {
    kind: 'problems',
    problems: [
      { code: 'LK-ENV-FILE', place: 'env MEMBER', field: 'metadata.annotations[latchkey.dev/env-from]' },
    ],
  });
});

t.test('a plan that does not say where a value goes is refused', async (t) => {
  for (const slot of [
    { kind: 'env', name: 'A' },
    { kind: 'file', path: 'a' },
    { kind: 'file', path: '/a' },
  ] as const) {
    t.throws(() => layOut(plan([]), [fill(slot)]), LatchkeyError);
  }
});
