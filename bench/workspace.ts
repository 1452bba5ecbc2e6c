import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '../test/support/certificates.ts';

/** A directory for one run: a certificate, an installation's key, logs. */
export interface Workspace {
  readonly directory: string;
  /** Files, PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly installationKey: string;
  /** The same as texts. */
  readonly ca: string;
  readonly pem: { readonly cert: string; readonly key: string };
  remove(): Promise<void>;
}

export async function makeWorkspace(): Promise<Workspace> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const { authority, serving } = await testCertificates();
  const [certificate, key, installationKey] = ['tls.crt', 'tls.key', 'installation.key'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  await writeFile(certificate, serving.cert);
  await writeFile(key, serving.key, { mode: 0o600 });
  await writeFile(installationKey, randomBytes(32), { mode: 0o600 });
  return {
    directory,
    certificate,
    key,
    installationKey,
    ca: authority.cert,
    pem: serving,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
