import { isRecord, type ManifestObject, recordAt, textsAt } from '../../manifests/objects.ts';
import { type SealedFor, scopeOf } from '../../sealed/scope.ts';
import type { Fault } from './fault.ts';

export const SEALED_SECRET_API = 'bitnami.com/v1alpha1';
export const SEALED_SECRET = 'SealedSecret';

/** A SealedSecret of a file. */
export interface SealedObject {
  readonly object: ManifestObject;
  readonly sealedFor: SealedFor;
  readonly encryptedData: ReadonlyMap<string, string>;
}

export function isSealedSecret({ kind, apiVersion }: ManifestObject): boolean {
  return kind === SEALED_SECRET && apiVersion.startsWith('bitnami.com/');
}

/** For whom its values are sealed, by its own metadata: its template's says nothing of that. */
export function readSealedObject(object: ManifestObject, namespace: string | undefined): SealedObject {
  const encrypted = recordAt(recordAt(object.value, 'spec'), 'encryptedData');
  const values = Object.entries(encrypted).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    object,
    sealedFor: {
      scope: scopeOf(textsAt(recordAt(object.value, 'metadata'), 'annotations')),
      namespace: object.namespace ?? namespace ?? '',
      name: object.name,
    },
    encryptedData: new Map(values),
  };
}

/** What keeps it from being opened, whatever the keys. */
export function sealedObjectFaults({ object, sealedFor }: SealedObject): readonly Fault[] {
  const spec = recordAt(object.value, 'spec');
  const encrypted = spec['encryptedData'];
  return [
    ...(spec['data'] === undefined ? [] : [legacyFault()]),
    ...(isRecord(encrypted) || spec['data'] !== undefined ? entryFaults(encrypted) : [missingFault()]),
    ...(sealedFor.namespace === '' && sealedFor.scope !== 'cluster-wide' ? [namespaceFault()] : []),
  ];
}

function entryFaults(encrypted: unknown): readonly Fault[] {
  const wrong = Object.entries(isRecord(encrypted) ? encrypted : {}).filter(
    ([, value]) => typeof value !== 'string',
  );
  return wrong.map(([key]) => ({
    path: ['spec', 'encryptedData', key],
    code: 'LK-SYNTAX',
    message: 'the sealed value is no text',
    remedy: 'Put it in quotes.',
  }));
}

function missingFault(): Fault {
  return {
    path: ['spec'],
    code: 'LK-SYNTAX',
    message: 'there is no encryptedData',
    remedy: 'A SealedSecret has its sealed values in spec.encryptedData.',
  };
}

function legacyFault(): Fault {
  return {
    path: ['spec', 'data'],
    code: 'LK-SEALED',
    message: 'all values are sealed as one, in the form of before 2019',
    remedy: 'Seal the Secret again: kubectl get secret NAME -o yaml | latchkey seal.',
  };
}

function namespaceFault(): Fault {
  return {
    path: ['metadata', 'namespace'],
    code: 'LK-NAME',
    message: 'it names no namespace, and is sealed for one',
    remedy: 'Write it into the SealedSecret, or name it with --namespace.',
  };
}
