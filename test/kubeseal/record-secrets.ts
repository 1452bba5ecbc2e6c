// Records what sealed-secrets itself makes of the cases in test/fixtures/definitions/sealed. Run by hand after a case was
// added: node test/kubeseal/record-secrets.ts

import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { readCases, type SealedSecretObject } from '../definitions/sealed-secret/fixture.ts';
import { writeKey } from '../support/sealing.ts';
import { buildSealedSecrets } from './build-kubeseal.ts';
import type { OriginalSecret } from './original-secret.ts';

interface MadeSecret {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly object[];
  };
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string | null>>;
}

const RECORD = fileURLToPath(new URL('../fixtures/definitions/sealed-original.json', import.meta.url));
const kubeseal = await buildSealedSecrets('kubeseal', (line) => {
  console.error(line);
});
const { key } = writeKey(mkdtempSync(join(tmpdir(), 'latchkey-')));

const records: Record<string, OriginalSecret> = {};
for (const { name, definition, outcome } of await readCases()) {
  if (outcome.runsAway !== true) records[name] = made(definition);
}
writeFileSync(RECORD, `${JSON.stringify(records, undefined, 2)}\n`);

function made(definition: SealedSecretObject): OriginalSecret {
  const args = ['--recovery-unseal', '--recovery-private-key', key, '-o', 'json'];
  const { status, stdout } = spawnSync(kubeseal, args, {
    input: JSON.stringify(definition),
    encoding: 'utf8',
  });
  if (status !== 0) return { refused: true };
  const { metadata, type = '', immutable = false, data } = JSON.parse(stdout) as MadeSecret;
  // An empty value is a null to Go, and an empty type is Opaque to the API server.
  const entries = Object.entries(data ?? {}).map(([name, value]) => [name, value ?? ''] as const);
  return {
    type: type === '' ? 'Opaque' : type,
    data: Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))),
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    finalizers: metadata.finalizers ?? [],
    immutable,
    owned: metadata.ownerReferences !== undefined,
  };
}
