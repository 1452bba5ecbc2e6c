// The table of test/fixtures/definitions/ascp, as files: each SecretProviderClass becomes a pod's plan, travels into the init
// container as it does, and is written to a disk.

import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import t from 'tap';

import { systemClock } from '../../src/clock.ts';
import { volumesPlan } from '../../src/definitions/ascp/volumes-plan.ts';
import { decodeFetchPlan } from '../../src/delivery/fetch-plan.ts';
import { encodedPlan } from '../../src/delivery/prepare-fetch.ts';
import { fetchAndWrite, type Outcome } from '../../src/fetch/fetch.ts';
import type { Session } from '../../src/identity/identity.ts';
import { classVolumes } from '../../src/request/class-volumes.ts';
import type { Plan } from '../../src/request/plan.ts';
import type { Pod } from '../../src/request/pod.ts';
import { createFileStore } from '../../src/stores/file.ts';
import { createResolver } from '../../src/stores/resolver.ts';
import { parseStoreFile } from '../../src/stores/store-file.ts';
import { read, readCases, type Case } from '../definitions/ascp/fixture.ts';
import { testIdentity } from '../support/aws-double-session.ts';

const volumeAttributes = { secretProviderClass: 'db' };
const POD: Pod = {
  metadata: {},
  spec: {
    containers: [{ name: 'app', volumeMounts: [{ name: 'files', mountPath: '/mnt' }] }],
    volumes: [
      { name: 'files', csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes } },
    ],
  },
};
/** Nobody asks AWS here. */
const SESSION: Session = {
  identity: testIdentity(),
  credentials: () => Promise.reject(new Error('asked')),
  forget: () => {},
};
/** The driver's. */
const DEFAULT_MODE = '0644';

function planOf(each: Case): Plan | undefined {
  const result = read(each);
  const [volume] = classVolumes(POD);
  if (result.kind === 'problems' || volume === undefined) return undefined;
  const planned = volumesPlan(POD, [{ volume, providerClass: result.providerClass }], {});
  return planned.kind === 'plan' ? planned.plan : undefined;
}

async function write(plan: Plan, aws: Case['outcome']['aws'], filesRoot: string): Promise<Outcome> {
  const encoded = encodedPlan(
    plan,
    { filesRoot },
    {
      fetchImage: 'latchkey',
      fetchResources: { cpu: '50m', memory: '96Mi' },
      fetchDeadlineSeconds: 1,
      namespace: 'shop',
      serviceAccount: 'app',
      status: { version: 1, plan: '', delivery: 'memory' },
    },
  );
  const store = createFileStore(parseStoreFile(JSON.stringify(aws ?? {}), 'fixture'));
  const stores = { ssm: store, secretsmanager: store };
  return await fetchAndWrite({
    plan: decodeFetchPlan(typeof encoded === 'string' ? encoded : undefined),
    openResolver: () => createResolver({ stores, clock: systemClock, cacheTtlMs: 0 }),
    session: SESSION,
    clock: systemClock,
    random: () => 0,
    sleep: async () => {},
    signal: new AbortController().signal,
    log: { info: () => {}, warn: () => {}, error: () => {} },
  });
}

/** By path below the volume. */
function written(
  volume: string,
): Readonly<Record<string, { readonly bytes: string; readonly mode: string }>> {
  const paths = readdirSync(volume, { recursive: true }).map(String).sort();
  return Object.fromEntries(
    paths.flatMap((path) => {
      const found = statSync(join(volume, path));
      if (!found.isFile()) return [];
      const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
      return [[path, { bytes: readFileSync(join(volume, path)).toString('base64'), mode }]];
    }),
  );
}

for (const each of readCases()) {
  const plan = planOf(each);
  const { files = {}, aws } = each.outcome;
  if (plan === undefined || Object.keys(files).length === 0) continue;

  t.test(each.name, async (t) => {
    const root = t.testdir();
    mkdirSync(join(root, 'files'));
    const isWhole = Object.values(files).every(({ code }) => code === undefined);

    const outcome = await write(plan, aws, root);

    const wanted = Object.entries(files).map(([path, { text, base64, mode = DEFAULT_MODE }]) => [
      path,
      { bytes: base64 ?? Buffer.from(text ?? '').toString('base64'), mode },
    ]);
    t.equal(outcome.kind, isWhole ? 'written' : 'refused', JSON.stringify(outcome));
    t.strictSame(written(join(root, 'files')), isWhole ? Object.fromEntries(wanted) : {}, 'all or nothing');
    t.notMatch(JSON.stringify(outcome), /fixture-value/);
  });
}
