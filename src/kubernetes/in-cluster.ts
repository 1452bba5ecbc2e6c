import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LatchkeyError } from '../errors.ts';
import { remembered, type Authorization, type Connection } from './connection.ts';

/** Where the kubelet mounts a pod's service account. */
export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

// The kubelet replaces the token at 80 % of its life; client-go reads it again each minute.
const REREAD_MS = 60_000;

export interface InCluster {
  /** KUBERNETES_SERVICE_HOST and _PORT; without them the Service's DNS name does. */
  readonly host?: string;
  readonly port?: string;
  readonly directory?: string;
}

/** Whether this process runs in a pod that has a service account token. */
export function runsInCluster(directory = SERVICE_ACCOUNT_DIRECTORY): boolean {
  return existsSync(join(directory, 'token'));
}

/** The connection of a pod to its own API server. */
export function inClusterConnection(options: InCluster = {}): Connection {
  const { host = 'kubernetes.default.svc', port = '443', directory = SERVICE_ACCOUNT_DIRECTORY } = options;
  const files = remembered(() => readFiles(directory), REREAD_MS);
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    authorize: files.get,
    renew: files.drop,
  };
}

async function readFiles(directory: string): Promise<Authorization> {
  try {
    const [token, ca] = await Promise.all([
      readFile(join(directory, 'token'), 'utf8'),
      readFile(join(directory, 'ca.crt')),
    ]);
    return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  } catch {
    throw new LatchkeyError(
      'LK-KUBERNETES',
      `the service account token or ca.crt in ${directory} cannot be read`,
      "Leave automountServiceAccountToken on for Latchkey's own pods.",
    );
  }
}
