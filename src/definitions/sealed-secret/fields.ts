// Every field of a SealedSecret (sealed-secrets v0.40.0), and what becomes of it. Reading goes by this table, and
// docs/compatibility.md is checked against it.

import { ANY_OTHER, DIFFERS, type Fields, group, refused, WORKS } from '../eso/fields.ts';

export const TEMPLATE_METADATA: Fields = {
  labels: WORKS,
  annotations: WORKS,
  // kubeseal writes name, namespace and an empty creationTimestamp; the Secret has those of the SealedSecret.
  [ANY_OTHER]: DIFFERS,
};

export const SPEC_FIELDS: Fields = {
  encryptedData: DIFFERS,
  template: group({ metadata: group(TEMPLATE_METADATA), type: DIFFERS, immutable: WORKS, data: DIFFERS }),
  data: refused(
    'all values are sealed as one, in the form of before 2019',
    'Seal the Secret again: kubectl get secret NAME -o yaml | latchkey seal.',
  ),
};
