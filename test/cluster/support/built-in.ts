// Certificates and key as the chart has them by default: made by the controller, mounted by kubelets.

import { join } from 'node:path';

import type { ServeFiles } from '../../support/webhook-process.ts';
import type { Api } from './api.ts';
import { startController, type ControllerOptions, type ControllerProcess } from './controller.ts';
import { mountSecret, type MountedSecret } from './mounted-secret.ts';
import type { Release } from './release.ts';
import { rightsInForce } from './rights-in-force.ts';

export interface BuiltIn {
  readonly controller: ControllerProcess;
  /** What one replica mounts, once the Secrets are filled. Each replica's node learns of changes later than the last one's. */
  mount(): Promise<ServeFiles>;
  /** For one that mounts the key alone and reads the certificate's Secret itself, which the chart gives it no right to. */
  mountKey(): Promise<ServeFiles>;
  close(): Promise<void>;
}

const LATER_MS = 200;

/** Starts the controller. */
export async function startBuiltIn(api: Api, release: Release, options: ControllerOptions): Promise<BuiltIn> {
  const { directory } = options;
  const controller = await startController(api, release, options);
  const mounted: MountedSecret[] = [];
  let nodes = 0;

  /** A volume on a node of its own. */
  async function volume(part: string, keys: readonly string[]): Promise<MountedSecret> {
    const place = join(directory, `node-${String(nodes)}-${part}`);
    const secret = { namespace: release.name, name: `${release.name}-${part}`, keys };
    const made = await mountSecret(api, { ...secret, directory: place, lateMs: nodes * LATER_MS });
    mounted.push(made);
    return made;
  }

  async function key(): Promise<string> {
    return (await volume('key', ['key'])).file('key');
  }

  return {
    controller,
    async mount() {
      const pair = await volume('tls', ['tls.crt', 'tls.key']);
      const tls = ['--tls-cert', pair.file('tls.crt'), '--tls-key', pair.file('tls.key')];
      const files = { tls, installationKey: await key() };
      nodes += 1;
      return files;
    },
    async mountKey() {
      const name = `${release.name}-tls`;
      await allowGet(api, release, name);
      const files = { tls: ['--tls-secret', `${release.name}/${name}`], installationKey: await key() };
      nodes += 1;
      return files;
    },
    async close() {
      await controller.stop();
      await Promise.all(mounted.map((secret) => secret.close()));
    },
  };
}

async function allowGet(api: Api, { name: namespace }: Release, secret: string): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const metadata = { name: 'reads-certificate', namespace };
  const rules = [{ apiGroups: [''], resources: ['secrets'], resourceNames: [secret], verbs: ['get'] }];
  const role = { kind: 'Role', metadata, rules };
  const serve = { kind: 'ServiceAccount', namespace, name: `${namespace}-serve` };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name };
  const binding = { kind: 'RoleBinding', metadata, roleRef, subjects: [serve] };
  await api.create(`${rbac}/roles`, role);
  await api.create(`${rbac}/rolebindings`, binding);
  await rightsInForce(api, [role, binding]);
}
