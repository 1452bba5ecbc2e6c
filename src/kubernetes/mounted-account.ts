import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVICE_ACCOUNT_DIRECTORY } from './in-cluster.ts';
import { parseJson, record } from './json.ts';

/** The service account that this process runs as. */
export interface MountedAccount {
  readonly name: string;
  readonly uid: string;
}

/**
 * What the mounted token says of its own service account; `undefined` where none is mounted. It is not verified: whoever can
 * change our own files needs no forged claim.
 */
export async function mountedAccount(
  directory = SERVICE_ACCOUNT_DIRECTORY,
): Promise<MountedAccount | undefined> {
  const token = await readFile(join(directory, 'token'), 'utf8').catch(() => '');
  const [, payload = ''] = token.split('.');
  const claims = record(parseJson(Buffer.from(payload, 'base64url').toString('utf8')));
  const { name, uid } = record(record(claims['kubernetes.io'])['serviceaccount']);
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined;
}
