import { readFile, stat } from 'node:fs/promises';

import { LatchkeyError } from '../../errors.ts';
import { readDocuments } from '../../manifests/documents.ts';
import { objectsOf } from '../../manifests/objects.ts';
import { printable, quoted } from '../../quote.ts';
import { type KeyRing, keyRing } from '../../sealed/key-ring.ts';
import { readKeySecret } from '../../sealed/key-secret.ts';
import { type KeyReading, readSealingKey } from '../../sealed/sealing-key.ts';
import { CLUSTER } from './certificate-source.ts';
import type { Cluster } from './cluster.ts';

export interface PrivateKeyOptions {
  /** Files, or `cluster`. */
  readonly sources: readonly string[];
  readonly cluster: Cluster;
  /** Also keys that are out of use: to seal anew what they sealed. */
  readonly retired: boolean;
}

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/g;

/**
 * Reads sealing keys from files (PEM, or the Secrets of a backup in YAML or JSON) and from the cluster.
 *
 * @throws LatchkeyError LK-CONFIG for a file without a key, or with one that cannot be read; it says nothing of the content
 */
export async function readPrivateKeys({ sources, cluster, retired }: PrivateKeyOptions): Promise<KeyRing> {
  const readings: KeyReading[] = [];
  for (const source of sources)
    readings.push(...(source === CLUSTER ? await cluster.keys(retired) : await keysOfFile(source, retired)));
  return someKeys(readings, sources);
}

/**
 * The same of files alone, for keys that are in use.
 * @throws LatchkeyError LK-CONFIG
 */
export async function readKeyFiles(files: readonly string[]): Promise<KeyRing> {
  const readings = await Promise.all(files.map((file) => keysOfFile(file, false)));
  return someKeys(readings.flat(), files);
}

function someKeys(readings: readonly KeyReading[], sources: readonly string[]): KeyRing {
  const ring = keyRing(readings);
  if (ring.keys.length > 0) return ring;
  throw new LatchkeyError(
    'LK-CONFIG',
    `there is no sealing key in ${sources.map((source) => quoted(source)).join(', ')}`,
    'Name a PEM file, a backup of the sealing keys, or cluster.',
  );
}

async function keysOfFile(file: string, retired: boolean): Promise<readonly KeyReading[]> {
  const { text, changedMs } = await readText(file);
  const blocks = text.match(PRIVATE_KEY) ?? [];
  // What has a kind is a manifest: the backup that kubectl prints.
  const readings = /\bkind"?\s*:/.test(text)
    ? keysOfSecrets(text, file, retired)
    : blocks.map((privateKey) =>
        readSealingKey({ name: file, privateKey, certificate: text, createdMs: changedMs }),
      );
  const [broken] = readings.flatMap((reading) => ('broken' in reading ? [reading] : []));
  if (broken !== undefined) throw unusable(file, `${printable(broken.name, 300)} ${broken.broken}`);
  if (readings.length === 0) throw unusable(file, 'it holds no private key');
  return readings;
}

function keysOfSecrets(text: string, file: string, retired: boolean): readonly KeyReading[] {
  const { documents, findings } = readDocuments(text, file);
  if (findings.length > 0) throw unusable(file, 'it is neither PEM nor YAML');
  const secrets = documents.flatMap(objectsOf).filter(({ kind }) => kind === 'Secret');
  return secrets.flatMap(({ value }) => readKeySecret(value, { retired, unlabelled: true }) ?? []);
}

async function readText(file: string): Promise<{ readonly text: string; readonly changedMs: number }> {
  try {
    return { text: await readFile(file, 'utf8'), changedMs: (await stat(file)).mtimeMs };
  } catch {
    throw unusable(file, 'it is not there or not readable');
  }
}

function unusable(file: string, what: string): LatchkeyError {
  return new LatchkeyError(
    'LK-CONFIG',
    `no sealing key can be read from ${quoted(file, 300)}: ${what}`,
    'Give RSA keys in PEM without passphrase, or Secrets as kubectl get -o yaml prints them.',
  );
}
