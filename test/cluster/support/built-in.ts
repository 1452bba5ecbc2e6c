// Certificates and key as the chart has them by default: made by the controller, mounted by kubelets.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { ServeFiles } from '../../support/webhook-process.ts';
import type { Api } from './api.ts';
import { startController, type ControllerProcess } from './controller.ts';
import { mountSecret, type MountedSecret } from './mounted-secret.ts';
import type { Release } from './release.ts';

export interface BuiltIn {
  readonly controller: ControllerProcess;
  /** What one replica mounts, once the Secrets are filled. Each replica's node learns of changes later than the last one's. */
  mount(): Promise<ServeFiles>;
  close(): Promise<void>;
}

const LATER_MS = 200;

/** Starts the controller. */
export async function startBuiltIn(api: Api, release: Release, directory: string): Promise<BuiltIn> {
  const controller = await startController(api, release, directory);
  const mounted: MountedSecret[] = [];
  let nodes = 0;
  return {
    controller,
    async mount() {
      const node = join(directory, `node-${String(nodes)}`);
      const lateMs = nodes * LATER_MS;
      nodes += 1;
      await mkdir(node);
      const volume = async (part: string, keys: readonly string[]): Promise<MountedSecret> => {
        const secret = { namespace: release.name, name: `${release.name}-${part}`, keys };
        const volume = await mountSecret(api, { ...secret, directory: join(node, part), lateMs });
        mounted.push(volume);
        return volume;
      };
      const [tls, key] = [await volume('tls', ['tls.crt', 'tls.key']), await volume('key', ['key'])];
      return { cert: tls.file('tls.crt'), key: tls.file('tls.key'), installationKey: key.file('key') };
    },
    async close() {
      await controller.stop();
      await Promise.all(mounted.map((secret) => secret.close()));
    },
  };
}
