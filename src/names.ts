// Every public name that Latchkey reads or writes, one line each. docs/annotations.md is checked against this file.

/** The prefix of every annotation and label. */
export const PREFIX = 'latchkey.dev/';

/** Annotations on a pod or pod template, without the prefix. */
export const POD_ANNOTATIONS = [
  'env',
  'env-from',
  'files',
  'files-from',
  'mount-path',
  'file-mode',
  'containers',
  'delivery',
  'assume-role-arn',
  'external-id',
  'region',
  'failover-region',
  'refresh',
  'on-change',
  'preflight',
  'injection',
  'status',
  'in-place',
  'volumes',
] as const;

/** Annotations on a pod that take a name behind a dot: `latchkey.dev/env.NAME`. */
export const POD_ANNOTATION_FAMILIES = ['env.', 'file.'] as const;

/** Annotations on a namespace, without the prefix. */
export const NAMESPACE_ANNOTATIONS = [
  'prefix',
  'region',
  'default-delivery',
  'permitted-names',
  'permitted-roles',
  'permitted-deliveries',
] as const;

/** Annotations on a service account, without the prefix. */
export const SERVICE_ACCOUNT_ANNOTATIONS = ['permitted-deliveries', 'lend-to'] as const;

/** The namespace's label by which definitions that people already have are carried out there. */
export const ADOPTION = 'latchkey.dev/adoption';
/** Its values. `materialize` also makes the Secrets that no pod refers to. */
export const ADOPTION_VALUES = ['enabled', 'materialize'] as const;

/** On a definition: `"true"` has its Secret made and kept without any pod. */
export const MATERIALIZE = 'latchkey.dev/materialize';

/** On a service account: the definitions and stores that may read with its role, whichever pod it is for. */
export const LEND_TO = 'latchkey.dev/lend-to';

/** The label and annotation that opts a pod or a namespace out. */
export const INJECTION = 'latchkey.dev/injection';

/** What an `env` entry's value begins with when the reference stands in place. */
export const IN_PLACE_PREFIX = 'latchkey:';

/** Every container and volume of ours begins with this; nobody else's may. */
export const RESERVED_PREFIX = 'latchkey-';

export const VOLUME_FILES = 'latchkey-files';
export const VOLUME_PATHS = 'latchkey-paths';
export const VOLUME_ENV = 'latchkey-env';
export const VOLUME_TOKEN = 'latchkey-token';
/** As {@link VOLUME_TOKEN}, for what fills CSI volumes: a pod may have both. */
export const VOLUME_VOLUMES_TOKEN = 'latchkey-volumes-token';

export const CONTAINER_FETCH = 'latchkey-fetch';
export const CONTAINER_GUARD = 'latchkey-guard';
/** Fills the volumes that the Secrets Store CSI driver would fill. */
export const CONTAINER_VOLUMES = 'latchkey-volumes';

/** The one variable that `latchkey fetch` reads its plan from. */
export const FETCH_PLAN_VARIABLE = 'LATCHKEY_FETCH_PLAN';
/** The variable that only a kubelet with EnvFiles fills with {@link SENTINEL_VALUE}. */
export const SENTINEL_VARIABLE = 'LATCHKEY_ENV_FILES';
export const SENTINEL_VALUE = 'supported';

/** Hidden variables that carry an in-place secret that the rest of a value refers to: `LK_IN_PLACE_<VAR>_<n>`. */
export const IN_PLACE_VARIABLE_PREFIX = 'LK_IN_PLACE_';

export const DEFAULT_MOUNT_PATH = '/var/run/secrets/latchkey';
export const DEFAULT_FILE_MODE = 0o444;

/** Mount paths inside our own init container. */
export const FETCH_FILES_ROOT = '/latchkey/files';
export const FETCH_PATHS_ROOT = '/latchkey/paths';
export const FETCH_ENV_ROOT = '/latchkey/env';
/** Each CSI volume below its own name. */
export const FETCH_VOLUMES_ROOT = '/latchkey/volumes';
export const FETCH_TOKEN_ROOT = '/var/run/secrets/latchkey.dev/serviceaccount';
/** The env file's name below {@link FETCH_ENV_ROOT}. */
export const ENV_FILE = 'env';

/** IRSA's annotations on a service account (amazon-eks-pod-identity-webhook). */
export const ROLE_ARN_ANNOTATION = 'eks.amazonaws.com/role-arn';
export const AUDIENCE_ANNOTATION = 'eks.amazonaws.com/audience';
export const DEFAULT_AUDIENCE = 'sts.amazonaws.com';
/** Of the token that the token check asks for: nobody's, so that the operator's list cannot hold it. */
export const FORBIDDEN_AUDIENCE = 'must-be-refused.latchkey.dev';

export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'latchkey';

/** On a managed Secret: which references and versions it was made from, for people. */
export const SECRET_REFERENCES = 'latchkey.dev/references';
/** On a managed Secret: proves that Latchkey made it, for the sweeper. */
export const SECRET_MAC = 'latchkey.dev/mac';
/** On a Secret that Latchkey made from a definition: of which kind. A label, by which policies know it. */
export const ADOPTED = 'latchkey.dev/adopted';
/** On such a Secret: proves for which definition and identities Latchkey read what it holds. */
export const ADOPTED_FOR = 'latchkey.dev/adopted-for';
/** Keeps Velero from backing up (and restoring) managed Secrets. A label. */
export const VELERO_EXCLUDE = 'velero.io/exclude-from-backup';
