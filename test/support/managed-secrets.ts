// Managed Secrets in the double of the API server, and pods that need them.

import { secretMac } from '../../src/delivery/secret-name.ts';
import type { KubernetesDouble } from './kubernetes-double.ts';

/** The installation's. */
export const KEY = Buffer.alloc(32, 3);
/** What their values contain. */
export const CANARY = 'canary-8d21';

/** `latchkey-<owner>-<64 digits>`, different for each owner. */
export function nameOf(owner: string): string {
  return `latchkey-${owner}-${Buffer.from(owner.padEnd(32, '.').slice(0, 32)).toString('hex')}`;
}

export interface SecretSeed {
  readonly namespace?: string;
  readonly name?: string;
  readonly mac?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function addSecret(double: KubernetesDouble, owner: string, seed: SecretSeed = {}): string {
  const { namespace = 'shop', name = nameOf(owner) } = seed;
  const { mac = secretMac(KEY, namespace, name), labels = { 'app.kubernetes.io/managed-by': 'latchkey' } } =
    seed;
  const data = { 'env.A': Buffer.from(CANARY).toString('base64') };
  const ownerReferences = [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name: owner, uid: 'uid', controller: false },
  ];
  double.put(
    'v1',
    'Secret',
    { namespace, name },
    {
      labels,
      annotations: { 'latchkey.dev/mac': mac, 'latchkey.dev/references': 'env A: ssm:/a' },
      rest: { type: 'Opaque', immutable: true, data, metadata: { ownerReferences } },
    },
  );
  return name;
}

export function addPod(double: KubernetesDouble, name: string, secret: string, namespace = 'shop'): void {
  const spec = { containers: [{ name: 'app', envFrom: [{ secretRef: { name: secret } }] }] };
  double.addPod(namespace, { metadata: { name, namespace }, spec, status: { phase: 'Running' } });
}
