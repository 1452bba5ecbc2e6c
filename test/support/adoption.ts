// An installation that carries out definitions, in a namespace that is labelled so.

import { randomUUID } from 'node:crypto';

import type { Raw } from './admission-client.ts';
import {
  podOf,
  REGION,
  startInstallation,
  type Installation,
  type InstallationOptions,
  type PodOptions,
} from './installation.ts';
import {
  CLUSTER_SECRET_STORE,
  EXTERNAL_SECRET_ESO,
  EXTERNAL_SECRET_KES,
  SECRET_STORE,
} from './kubernetes-double-custom.ts';

export { REGION } from './installation.ts';

export interface AdoptionInstallation extends Installation {
  /** A KES definition of the parameter of its own name: `kes('db')` makes Secret db with key `password` from /db. */
  kes(name: string, spec?: Raw, uid?: string): { readonly metadata: { readonly uid: string } };
  eso(name: string, spec: Raw): { readonly metadata: { readonly uid: string } };
  /** A SecretStore of the namespace, for parameters unless `aws` says otherwise. */
  store(name: string, aws?: Raw): void;
  clusterStore(name: string, aws?: Raw, spec?: Raw): void;
  /** The decoded data of a Secret of the namespace. */
  data(name: string): Readonly<Record<string, string>> | undefined;
}

export async function startAdoption(options: InstallationOptions = {}): Promise<AdoptionInstallation> {
  const flags = ['--adoption', '--adopt-wait', '0s', ...(options.flags ?? [])];
  const shop = await startInstallation({ ...options, flags: once(flags) });
  const { kubernetes } = shop;
  kubernetes.addNamespace('shop', { labels: { 'latchkey.dev/adoption': 'enabled' } });
  return {
    ...shop,
    kes: (name, spec = {}, uid) => {
      const data = [{ key: `/${name}`, name: 'password' }];
      const rest = { spec: { backendType: 'systemManager', data, ...spec } };
      const at = { namespace: 'shop', name };
      return kubernetes.custom.put(EXTERNAL_SECRET_KES, at, { rest, ...(uid === undefined ? {} : { uid }) });
    },
    eso: (name, spec) =>
      kubernetes.custom.put(EXTERNAL_SECRET_ESO, { namespace: 'shop', name }, { rest: { spec } }),
    store(name, aws = {}) {
      const rest = { spec: { provider: { aws: { service: 'ParameterStore', region: REGION, ...aws } } } };
      kubernetes.custom.put(SECRET_STORE, { namespace: 'shop', name }, { rest });
    },
    clusterStore(name, aws = {}, spec = {}) {
      const provider = { aws: { service: 'ParameterStore', region: REGION, ...aws } };
      kubernetes.custom.put(CLUSTER_SECRET_STORE, { name }, { rest: { spec: { provider, ...spec } } });
    },
    data(name) {
      const secret = kubernetes.get('Secret', 'shop', name);
      const entries = Object.entries((secret?.['data'] ?? {}) as Record<string, string>);
      return secret === undefined
        ? undefined
        : Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
    },
  };
}

/** The last of each flag counts, so that a test can say another value. */
function once(flags: readonly string[]): readonly string[] {
  const wait = flags.lastIndexOf('--adopt-wait');
  return flags.filter((_, index) => {
    const isWait = flags[index] === '--adopt-wait' || flags[index - 1] === '--adopt-wait';
    return !isWait || index === wait || index === wait + 1;
  });
}

export interface UserOptions extends PodOptions {
  /** `secretKeyRef`s to key `password` of each. */
  readonly secrets?: readonly string[];
  readonly optional?: boolean;
}

/** A pod that refers to Secrets. */
export function userOf({ secrets = ['db'], optional, ...options }: UserOptions = {}): Raw {
  const env = secrets.map((name, index) => ({
    name: `V${String(index)}`,
    valueFrom: {
      secretKeyRef: { name, key: 'password', ...(optional === undefined ? {} : { optional }) },
    },
  }));
  const spec = {
    serviceAccountName: options.serviceAccount ?? 'app',
    containers: [{ name: 'app', image: 'example.com/app:1', env }],
  };
  return podOf({ spec, ...options });
}

/** The spec of an ESO definition of one parameter: `password` from /NAME. */
export function reads(key: string, store: string, kind = 'SecretStore'): Raw {
  const data = [{ secretKey: 'password', remoteRef: { key } }];
  return { secretStoreRef: { name: store, kind }, data };
}

/** A Secret as somebody else made it. */
export function foreignSecret(installation: Installation, name: string, metadata: Raw = {}): void {
  const data = { password: Buffer.from('foreign').toString('base64') };
  const rest = { type: 'Opaque', data, metadata };
  const { labels, annotations } = metadata as {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  installation.kubernetes.put(
    'v1',
    'Secret',
    { namespace: 'shop', name },
    {
      uid: randomUUID(),
      rest,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
  );
}
