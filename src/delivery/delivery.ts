import type { Problem } from '../errors.ts';
import type { Operation } from './operations.ts';

/** What a delivery makes of a pod: operations that apply in order to exactly the pod that was given. */
export interface Delivered {
  readonly operations: readonly Operation[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}
