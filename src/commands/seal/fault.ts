import type { Code } from '../../errors.ts';
import type { Path } from '../../manifests/node-path.ts';

/** What is wrong with an object, and where in it. */
export interface Fault {
  readonly path: Path;
  readonly code: Code;
  readonly message: string;
  readonly remedy: string;
  /** A warning is told, and nothing stops for it. Absent: an error. */
  readonly severity?: 'warning';
}
