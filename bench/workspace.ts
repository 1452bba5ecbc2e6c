import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '../test/support/certificates.ts';

/** A directory for one run: a certificate, an installation's key, logs. */
export interface Workspace {
  readonly directory: string;
  /** The same in memory, as the volumes of `memory` delivery are; on disk where the system has no such place. */
  readonly memory: string;
  /** Files, PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly installationKey: string;
  /** The same as texts. */
  readonly ca: string;
  readonly pem: { readonly cert: string; readonly key: string };
  remove(): Promise<void>;
}

const MEMORY = '/dev/shm';

export async function makeWorkspace(): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const memory = existsSync(MEMORY) ? await mkdtemp(join(MEMORY, 'latchkey-bench-')) : directory;
  const { authority, serving } = await testCertificates();
  const [certificate, key, installationKey] = ['tls.crt', 'tls.key', 'installation.key'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  await writeFile(certificate, serving.cert);
  await writeFile(key, serving.key, { mode: 0o600 });
  await writeFile(installationKey, randomBytes(32), { mode: 0o600 });
  return {
    directory,
    memory,
    certificate,
    key,
    installationKey,
    ca: authority.cert,
    pem: serving,
    async remove() {
      await rm(directory, { recursive: true, force: true });
      await rm(memory, { recursive: true, force: true });
    },
  };
}
