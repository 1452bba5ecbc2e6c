import { isRecord, recordAt, textAt, textsAt } from '../manifests/objects.ts';
import { type SealedFor, scopeOf } from './scope.ts';

/** What is sealed in a SealedSecret, and for whom: by its own metadata, since its template's says nothing of that. */
export interface SealedValues {
  readonly sealedFor: SealedFor;
  readonly values: ReadonlyMap<string, string>;
}

/** @returns undefined for what is no SealedSecret, or has no sealed values in the form of today */
export function sealedValuesOf(object: unknown): SealedValues | undefined {
  const metadata = recordAt(object, 'metadata');
  const spec = recordAt(object, 'spec');
  const encrypted = spec['encryptedData'];
  if (textAt(object, 'kind') !== 'SealedSecret' || !isRecord(encrypted) || spec['data'] !== undefined)
    return undefined;
  const values = Object.entries(encrypted);
  const texts = values.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (texts.length < values.length) return undefined;
  return {
    sealedFor: {
      scope: scopeOf(textsAt(metadata, 'annotations')),
      namespace: textAt(metadata, 'namespace') ?? '',
      name: textAt(metadata, 'name') ?? '',
    },
    values: new Map(texts),
  };
}
