// Every field that kubernetes-external-secrets knows, and what becomes of it. Reading goes by these tables, and
// docs/compatibility.md is checked against them.

/** The other backends of KES. */
export type OtherBackend =
  | 'vault'
  | 'azureKeyVault'
  | 'gcpSecretsManager'
  | 'alicloudSecretsManager'
  | 'ibmcloudSecretsManager'
  | 'akeyless';

/**
 * `works`: as in KES. `differs`: the page says how. `ignored`: KES takes no notice of it, and neither does Latchkey. The
 * name of a backend: only that backend looks at it, so it is ignored here.
 */
export type Treatment = 'works' | 'differs' | 'ignored' | OtherBackend;

/** Whether only another backend looks at it. */
export function isOtherBackend(treatment: Treatment): treatment is OtherBackend {
  return treatment !== 'works' && treatment !== 'differs' && treatment !== 'ignored';
}

/** Fields of one mapping by name. */
export type Fields = Readonly<Record<string, Treatment>>;

export const OBJECT_FIELDS: Fields = {
  apiVersion: 'works',
  kind: 'works',
  metadata: 'works',
  spec: 'works',
  secretDescriptor: 'works',
  status: 'ignored',
};

export const SPEC_FIELDS: Fields = {
  backendType: 'differs',
  data: 'works',
  properties: 'works',
  dataFrom: 'differs',
  dataFromWithOptions: 'differs',
  roleArn: 'differs',
  region: 'differs',
  template: 'works',
  type: 'works',
  controllerId: 'differs',
  name: 'ignored',
  vaultRole: 'vault',
  vaultMountPoint: 'vault',
  kvVersion: 'vault',
  keyVaultName: 'azureKeyVault',
  projectId: 'gcpSecretsManager',
  keyByName: 'ibmcloudSecretsManager',
};

export const DATA_FIELDS: Fields = {
  key: 'differs',
  name: 'works',
  property: 'differs',
  isBinary: 'differs',
  path: 'differs',
  recursive: 'differs',
  versionStage: 'works',
  versionId: 'works',
  version: 'gcpSecretsManager',
  secretType: 'ibmcloudSecretsManager',
};

export const OPTIONS_FIELDS: Fields = {
  key: 'works',
  isBinary: 'works',
  versionStage: 'works',
  versionId: 'works',
};

export const TEMPLATE_FIELDS: Fields = {
  metadata: 'works',
  type: 'differs',
  data: 'differs',
  stringData: 'differs',
  immutable: 'works',
  apiVersion: 'ignored',
  kind: 'ignored',
};

export const TEMPLATE_METADATA_FIELDS: Fields = {
  labels: 'differs',
  annotations: 'differs',
  name: 'ignored',
};

/** Every field with its path, as docs/compatibility.md lists them: `spec.data[].key`. */
export function kesFields(): ReadonlyMap<string, Treatment> {
  return new Map(
    Object.entries({
      '': OBJECT_FIELDS,
      'spec.': SPEC_FIELDS,
      'spec.data[].': DATA_FIELDS,
      'spec.dataFromWithOptions[].': OPTIONS_FIELDS,
      'spec.template.': TEMPLATE_FIELDS,
      'spec.template.metadata.': TEMPLATE_METADATA_FIELDS,
    }).flatMap(([parent, fields]) =>
      Object.entries(fields).map(([name, treatment]) => [`${parent}${name}`, treatment] as const),
    ),
  );
}
