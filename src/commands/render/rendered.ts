import jsonPatch from 'fast-json-patch';

import type { Operation } from '../../delivery/operations.ts';
import { LatchkeyError, type Problem } from '../../errors.ts';
import type { Json } from '../../manifests/objects.ts';
import type { TemplatePod } from '../../manifests/template-pod.ts';

/** What the webhook would do to one pod. */
export interface Rendered {
  readonly pod: TemplatePod;
  readonly decision: 'patched' | 'unchanged' | 'refused';
  /** Why it is unchanged. */
  readonly reason?: string;
  readonly operations: readonly Operation[];
  /** The pod with the operations applied. */
  readonly after: Json;
  /** Managed Secrets as they would be created; values are stand-ins unless they are to be shown. */
  readonly secrets: readonly Json[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
  /** What is not as the server would have it, and what would make it so. */
  readonly notes: readonly string[];
}

/**
 * Applies a patch as the API server does, to a copy.
 *
 * @throws LatchkeyError LK-INTERNAL when it does not apply: the server's own answer would fail the same way
 */
export function applied(pod: Json, operations: readonly Operation[]): Json {
  try {
    return jsonPatch.applyPatch(structuredClone(pod), structuredClone([...operations]), true).newDocument;
  } catch {
    // The library's error holds the whole document and the operation with its value.
    throw new LatchkeyError(
      'LK-INTERNAL',
      'the patch does not apply to the pod',
      'Please report this with the pod.',
    );
  }
}
