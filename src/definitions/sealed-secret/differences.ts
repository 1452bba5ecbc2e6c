import type { Difference } from '../difference.ts';

export const DIFFERENCES: readonly Difference[] = [
  {
    field: 'spec.template.type',
    where: 'a type that gives its reader more than its values',
    original: 'makes it',
    code: 'LK-POLICY',
    shownBy: 'type-that-mints',
  },
  {
    field: 'spec.template.type',
    where: 'a key is missing that Kubernetes wants of the type',
    original: 'fails with the words of the API server',
    code: 'LK-DEFINITION',
    shownBy: 'type-incomplete',
  },
  {
    field: 'spec.encryptedData',
    where: 'a key that no Secret can have',
    original: 'fails with the words of the API server',
    code: 'LK-NAME',
    shownBy: 'key-with-slash',
  },
  {
    field: 'spec.template.metadata.labels',
    where: 'a label under `latchkey.dev/`',
    original: 'puts it on the Secret',
    code: 'LK-RESERVED',
    shownBy: 'latchkeys-own-labels',
  },
  {
    field: 'spec.template.metadata',
    where: 'finalizers',
    original: 'puts them on the Secret',
    instead: 'left out, with a warning',
    shownBy: 'finalizers',
  },
  {
    field: 'any',
    where: 'a field that is not known',
    original: 'takes no notice',
    code: 'LK-DEFINITION',
    shownBy: 'unknown-field',
  },
];
