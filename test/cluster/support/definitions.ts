// The kinds of definitions in the test cluster. Those of External Secrets Operator and of the Secrets Store CSI driver are
// their own, from their Go modules; that of kubernetes-external-secrets, whose repository is no Go module, is what its first
// releases had: any object of the name.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import { type Api, type Json } from './api.ts';
import { eventually } from './eventually.ts';
import { REGION } from './aws.ts';
import { moduleDirectory } from './go-module.ts';

/** The sums are of the modules' files, as Go's checksum database has them. */
const ESO_MODULE = {
  module: 'github.com/external-secrets/external-secrets@v1.3.2',
  sum: 'h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=',
};
const DRIVER_MODULE = {
  module: 'sigs.k8s.io/secrets-store-csi-driver@v1.6.0',
  sum: 'h1:YpKG/2hJkp3EkRGpH5SPxg1/5AkmeD5pwHNKIlE90FU=',
};
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const KES: Json = {
  metadata: { name: 'externalsecrets.kubernetes-client.io' },
  spec: {
    group: 'kubernetes-client.io',
    scope: 'Namespaced',
    names: {
      kind: 'ExternalSecret',
      plural: 'externalsecrets',
      singular: 'externalsecret',
      shortNames: ['es'],
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** kubernetes-external-secrets. */
export async function installKes(api: Api): Promise<void> {
  await install(api, KES, 'v1');
}

/** With everything that was made of it. */
export async function removeKes(api: Api): Promise<void> {
  const { name } = KES.metadata;
  await api.send('DELETE', `${CRDS}/${name}`);
  await eventually(async () => (await api.send('GET', `${CRDS}/${name}`)).status === 404, 'the kind gone');
}

/** External Secrets Operator, with v1beta1 served beside v1, as its chart can. */
export async function installEso(api: Api): Promise<void> {
  const directory = moduleDirectory(ESO_MODULE.module, ESO_MODULE.sum);
  for (const plural of ['externalsecrets', 'secretstores', 'clustersecretstores']) {
    const file = join(directory, 'config/crds/bases', `external-secrets.io_${plural}.yaml`);
    const definition: Json = parse(readFileSync(file, 'utf8'));
    for (const version of definition.spec.versions) if (version.name === 'v1beta1') version.served = true;
    await install(api, definition, 'v1');
  }
}

/** The Secrets Store CSI driver's kind of classes; the driver itself is not there. */
export async function installProviderClasses(api: Api): Promise<void> {
  const file = `config/crd/bases/${DRIVER_GROUP}_secretproviderclasses.yaml`;
  const definition: Json = parse(
    readFileSync(join(moduleDirectory(DRIVER_MODULE.module, DRIVER_MODULE.sum), file), 'utf8'),
  );
  await install(api, definition, 'v1');
}

const DRIVER_GROUP = 'secrets-store.csi.x-k8s.io';

/** Where a namespace's SecretProviderClasses are. */
export function providerClassesOf(namespace: string): string {
  return `/apis/${DRIVER_GROUP}/v1/namespaces/${namespace}/secretproviderclasses`;
}

/** A SecretProviderClass of AWS. @param objects YAML */
export function providerClass(name: string, objects: string, spec: Json = {}): Json {
  const { parameters = {}, ...rest } = spec;
  return {
    apiVersion: `${DRIVER_GROUP}/v1`,
    kind: 'SecretProviderClass',
    metadata: { name },
    spec: { provider: 'aws', parameters: { objects, region: REGION, ...parameters }, ...rest },
  };
}

/** Several test files may want the same kind. */
export async function install(api: Api, definition: Json, version: string): Promise<void> {
  const { status, body } = await api.send('POST', CRDS, definition);
  if (status !== 201 && status !== 409) throw new Error(String(body.message));
  const { group, names } = definition.spec;
  await eventually(
    async () => (await api.send('GET', `/apis/${group}/${version}/${names.plural}`)).status === 200,
    `${names.plural}.${group} served`,
  );
}

/** Where a namespace's definitions are. */
export function definitionsOf(namespace: string): {
  readonly kes: string;
  readonly eso: string;
  readonly stores: string;
} {
  const of = (group: string, plural: string) => `/apis/${group}/v1/namespaces/${namespace}/${plural}`;
  return {
    kes: of('kubernetes-client.io', 'externalsecrets'),
    eso: of('external-secrets.io', 'externalsecrets'),
    stores: of('external-secrets.io', 'secretstores'),
  };
}

export const CLUSTER_STORES = '/apis/external-secrets.io/v1/clustersecretstores';

/** A KES definition that makes `password` from a parameter. */
export function kes(name: string, key: string, spec: Json = {}): Json {
  return {
    apiVersion: 'kubernetes-client.io/v1',
    kind: 'ExternalSecret',
    metadata: { name },
    spec: { backendType: 'systemManager', data: [{ key, name: 'password' }], ...spec },
  };
}

/** The same of External Secrets Operator. */
export function eso(name: string, key: string, spec: Json = {}): Json {
  const data = [{ secretKey: 'password', remoteRef: { key } }];
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name },
    spec: { secretStoreRef: { name: 'aws', kind: 'SecretStore' }, data, ...spec },
  };
}

/** A store of parameters; `aws` and `spec` are laid over. */
export function store(
  kind: 'SecretStore' | 'ClusterSecretStore',
  name: string,
  aws: Json = {},
  spec: Json = {},
): Json {
  return {
    apiVersion: 'external-secrets.io/v1',
    kind,
    metadata: { name },
    spec: { provider: { aws: { service: 'ParameterStore', region: REGION, ...aws } }, ...spec },
  };
}
