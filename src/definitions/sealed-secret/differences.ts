import type { Code } from '../../errors.ts';

/** A place where Latchkey does something else than sealed-secrets. docs/compatibility.md shows them all, and a test holds each. */
export interface Difference {
  readonly field: string;
  readonly where: string;
  /** What sealed-secrets makes of it. */
  readonly original: string;
  /** With which code it is refused here; absent where something else is made. */
  readonly code?: Code;
  /** What is made instead, where it is not refused. */
  readonly instead?: string;
  /** The case in test/fixtures/definitions/sealed that shows it. */
  readonly shownBy: string;
}

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
