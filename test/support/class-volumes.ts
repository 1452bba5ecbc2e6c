// Pods with CSI volumes of the Secrets Store CSI driver, before a whole installation that fills them.

import type { Test } from 'tap';

import type { AdmissionAnswer, Raw } from './admission-client.ts';
import { startAdoption, type AdoptionInstallation } from './adoption.ts';
import { fillVolumes, type Filled } from './filled-volumes.ts';
import { podOf, type InstallationOptions, type PodOptions } from './installation.ts';
import { SECRET_PROVIDER_CLASS } from './kubernetes-double-custom.ts';

/** A second one, beside that of the installation. */
export const OTHER_REGION = 'eu-west-1';
/** One object of a class. */
export const DB = '- { objectName: shop/db, objectType: secretsmanager, objectAlias: db }';

export interface Shop extends AdoptionInstallation {
  provide(name: string, objects: string, rest?: { readonly parameters?: Raw; readonly spec?: Raw }): void;
  /** Runs what fills the volumes of an admitted pod. */
  fill(pod: Raw, agent?: string): Promise<Filled>;
}

export async function shopWith(t: Test, options: InstallationOptions = {}): Promise<Shop> {
  const shop = await startAdoption(options);
  t.teardown(() => shop.close());
  shop.account('app');
  const { kubernetes } = shop;
  return {
    ...shop,
    provide(name, objects, { parameters = {}, spec = {} } = {}) {
      const rest = { spec: { provider: 'aws', parameters: { objects, ...parameters }, ...spec } };
      kubernetes.custom.put(SECRET_PROVIDER_CLASS, { namespace: 'shop', name }, { rest });
    },
    fill(pod, agent) {
      const account = kubernetes.get('ServiceAccount', 'shop', 'app');
      const { token } = kubernetes.tokens.issue({
        namespace: 'shop',
        serviceAccount: 'app',
        uid: account?.metadata.uid ?? '',
        audience: 'sts.amazonaws.com',
        expirationSeconds: 3600,
      });
      return fillVolumes(pod, { token, ...(agent === undefined ? {} : { agent }) });
    },
  };
}

export function volumeOf(className: string, name = 'secrets-store-inline'): Raw {
  const volumeAttributes = { secretProviderClass: className };
  return { name, csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true, volumeAttributes } };
}

/** A pod with volumes of these classes, named as they are. */
export function mounting(classes: readonly string[], options: PodOptions = {}): Raw {
  const volumeMounts = classes.map((name) => ({ name, mountPath: `/mnt/${name}`, readOnly: true }));
  const spec = {
    serviceAccountName: 'app',
    volumes: classes.map((name) => volumeOf(name, name)),
    containers: [{ name: 'app', image: 'example.com/app:1', volumeMounts }],
  };
  return podOf({ ...options, spec: { ...spec, ...options.spec } });
}

export function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

export function shown({ files }: Filled): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(files).map(([path, { bytes, mode }]) => [
      path,
      `${mode.toString(8).padStart(4, '0')} ${bytes.toString('utf8')}`,
    ]),
  );
}
