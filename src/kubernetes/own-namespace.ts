import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LatchkeyError } from '../errors.ts';
import { SERVICE_ACCOUNT_DIRECTORY } from './in-cluster.ts';

/** The namespace of the pod that this process runs in. Throws LatchkeyError LK-CONFIG where it runs in none. */
export async function ownNamespace(): Promise<string> {
  try {
    return (await readFile(join(SERVICE_ACCOUNT_DIRECTORY, 'namespace'), 'utf8')).trim();
  } catch {
    throw new LatchkeyError(
      'LK-CONFIG',
      'no namespace: no service account is mounted',
      'Name the namespace that Latchkey is installed in with --namespace.',
    );
  }
}
