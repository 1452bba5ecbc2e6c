import { scopeAnnotations } from '../../sealed/scope.ts';
import { SEALED_SECRET, SEALED_SECRET_API, type SealedObject } from './sealed-object.ts';

/**
 * What the controller is asked about a SealedSecret: its sealed values, and for whom they are. Not its template, which an
 * older controller would run, nor what else it says, which is nobody's business there.
 */
export function controllerForm({ sealedFor, encryptedData }: SealedObject): object {
  const metadata = {
    name: sealedFor.name,
    namespace: sealedFor.namespace,
    annotations: scopeAnnotations(sealedFor.scope),
  };
  return {
    apiVersion: SEALED_SECRET_API,
    kind: SEALED_SECRET,
    metadata,
    spec: { encryptedData: Object.fromEntries(encryptedData), template: { metadata } },
  };
}
