// Every field of a SecretProviderClass (driver v1.6.0, AWS provider v3.1.1), and what becomes of it. Reading goes by these
// tables, and docs/compatibility.md is checked against them.

import { ANY_OTHER, DIFFERS, type Fields, group, listOf, WORKS } from '../eso/fields.ts';

/** A part of an object's value, in a file of its own. */
const JMES_PATH: Fields = {
  path: DIFFERS,
  objectAlias: WORKS,
  filePermission: WORKS,
  [ANY_OTHER]: DIFFERS,
};

const FAILOVER_OBJECT: Fields = {
  objectName: WORKS,
  objectVersion: WORKS,
  objectVersionLabel: WORKS,
  [ANY_OTHER]: DIFFERS,
};

/** An entry of the YAML list in `parameters.objects`. */
export const OBJECT_FIELDS: Fields = {
  objectName: DIFFERS,
  objectType: WORKS,
  objectAlias: DIFFERS,
  objectVersion: WORKS,
  objectVersionLabel: DIFFERS,
  filePermission: DIFFERS,
  jmesPath: listOf(JMES_PATH),
  failoverObject: group(FAILOVER_OBJECT),
  [ANY_OTHER]: DIFFERS,
};

const PARAMETERS: Fields = {
  objects: listOf(OBJECT_FIELDS, 'differs'),
  region: DIFFERS,
  failoverRegion: DIFFERS,
  pathTranslation: WORKS,
  usePodIdentity: DIFFERS,
  preferredAddressType: DIFFERS,
  [ANY_OTHER]: DIFFERS,
};

export const SECRET_OBJECT_FIELDS: Fields = {
  secretName: WORKS,
  type: DIFFERS,
  labels: DIFFERS,
  annotations: DIFFERS,
  data: listOf({ objectName: WORKS, key: WORKS, [ANY_OTHER]: DIFFERS }, 'differs'),
  [ANY_OTHER]: DIFFERS,
};

export const SPEC_FIELDS: Fields = {
  provider: DIFFERS,
  parameters: group(PARAMETERS),
  secretObjects: listOf(SECRET_OBJECT_FIELDS, 'differs'),
  [ANY_OTHER]: DIFFERS,
};
