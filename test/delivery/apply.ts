import jsonpatch from 'fast-json-patch';
import type { Operation } from '../../src/delivery/operations.ts';

/**
 * What the API server makes of a document and operations. Everything is copied: neither the document nor the operations
 * change. Throws where an operation does not apply.
 */
export function apply(document: object, operations: readonly Operation[]): unknown {
  const copies: jsonpatch.Operation[] = structuredClone([...operations]);
  return jsonpatch.applyPatch<unknown>(structuredClone(document), copies, true).newDocument;
}
