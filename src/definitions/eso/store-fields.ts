import { ANY_OTHER, DIFFERS, group, listOf, refused, WORKS } from './fields.ts';
import type { Field, Fields } from './fields.ts';

const SECRET_KEY: Fields = { name: WORKS, namespace: WORKS, key: WORKS };

const AUTH: Fields = {
  jwt: group({ serviceAccountRef: group({ name: WORKS, namespace: WORKS, audiences: WORKS }) }, 'differs'),
  secretRef: group(
    {
      accessKeyIDSecretRef: group(SECRET_KEY),
      secretAccessKeySecretRef: group(SECRET_KEY),
      sessionTokenSecretRef: group(SECRET_KEY),
    },
    'differs',
  ),
};

const AWS: Fields = {
  service: DIFFERS,
  region: WORKS,
  auth: group(AUTH, 'differs'),
  role: WORKS,
  additionalRoles: WORKS,
  externalID: WORKS,
  sessionTags: listOf({ key: WORKS, value: WORKS }),
  transitiveTagKeys: WORKS,
  sessionTagsPolicy: WORKS,
  customSessionTags: WORKS,
  prefix: DIFFERS,
  secretsManager: DIFFERS,
};

/** The one provider that is read. */
export const PROVIDER = 'aws';

const OTHER_PROVIDER: Field = refused(
  'this provider is not AWS',
  'Latchkey reads AWS Secrets Manager and Parameter Store; keep External Secrets Operator for this store.',
);

/** `spec` of a SecretStore and of a ClusterSecretStore, v1 and v1beta1. */
export const STORE_FIELDS: Fields = {
  controller: DIFFERS,
  provider: group({ [PROVIDER]: group(AWS), [ANY_OTHER]: OTHER_PROVIDER }),
  retrySettings: DIFFERS,
  refreshInterval: DIFFERS,
  conditions: listOf({
    namespaceSelector: group({
      matchLabels: WORKS,
      matchExpressions: listOf({ key: WORKS, operator: WORKS, values: WORKS }),
    }),
    namespaces: WORKS,
    namespaceRegexes: WORKS,
  }),
};
