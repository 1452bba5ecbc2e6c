import { textsAt, recordAt } from '../manifests/objects.ts';
import type { Input } from './input.ts';
import { type Row, rowAt } from './rows.ts';

const TO_ANNOTATIONS =
  'it limits KES alone; latchkey.dev/permitted-names and latchkey.dev/permitted-roles limit annotations, with patterns instead of expressions (docs/policy.md)';
const TO_ESO =
  "it limits KES alone; ESO has nothing like it: the role's policy in IAM says which names may be read, and conditions of a ClusterSecretStore (--store-kind) which namespaces may use it";

const KES_ANNOTATIONS = [
  'iam.amazonaws.com/permitted',
  'externalsecrets.kubernetes-client.io/permitted-key-name',
];

/** What namespaces say to KES, and nobody else obeys. */
export function namespaceRows({ surroundings }: Input, to: 'annotations' | 'eso'): readonly Row[] {
  return surroundings.namespaces.flatMap(({ object }) =>
    KES_ANNOTATIONS.filter((key) => key in textsAt(recordAt(object.value, 'metadata'), 'annotations')).map(
      (key) =>
        rowAt(object, ['metadata', 'annotations', key], {
          status: 'note',
          what: `annotation ${key}`,
          text: to === 'eso' ? TO_ESO : TO_ANNOTATIONS,
        }),
    ),
  );
}
