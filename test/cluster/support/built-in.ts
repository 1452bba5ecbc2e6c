// Certificates and key as the chart has them by default: made by the controller, mounted by a kubelet.

import { join } from 'node:path';

import type { ServeFiles } from '../../support/webhook-process.ts';
import type { Api } from './api.ts';
import { startController, type ControllerProcess } from './controller.ts';
import { mountSecret } from './mounted-secret.ts';
import type { Release } from './release.ts';

export interface BuiltIn {
  readonly controller: ControllerProcess;
  /** What `serve` mounts; `ca` is the authority of the beginning. */
  readonly files: ServeFiles;
  close(): Promise<void>;
}

/** Starts the controller, and waits until it has filled the Secrets of the release. */
export async function startBuiltIn(api: Api, release: Release, directory: string): Promise<BuiltIn> {
  const controller = await startController(api, release, directory);
  const namespace = release.name;
  const mount = (part: string, keys: readonly string[]) =>
    mountSecret(api, { namespace, name: `${release.name}-${part}`, keys }, join(directory, part));
  const [tls, key] = await Promise.all([mount('tls', ['tls.crt', 'tls.key']), mount('key', ['key'])]);
  const ca = await api.get(`/api/v1/namespaces/${namespace}/secrets/${release.name}-ca`);
  return {
    controller,
    files: {
      cert: tls.file('tls.crt'),
      key: tls.file('tls.key'),
      installationKey: key.file('key'),
      ca: Buffer.from(ca.data['ca.crt'], 'base64').toString(),
    },
    async close() {
      await controller.stop();
      await Promise.all([tls.close(), key.close()]);
    },
  };
}
