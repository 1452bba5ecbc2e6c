import type { Problem } from '../errors.ts';
import { SENTINEL_VALUE } from '../names.ts';

/**
 * Whether this node's kubelet fills variables from env files. One that does not know them sets such a variable to the
 * empty string and starts the container all the same; one of 1.34 that has them switched on reads an older grammar, in
 * which the quotes belong to the value. So every variable of the pod is what the sentinel is: right or wrong.
 * @param sentinel the sentinel variable, '' where it is not set
 */
export function guard(sentinel: string): Problem | undefined {
  if (sentinel === SENTINEL_VALUE) return undefined;
  return {
    code: 'LK-FEATURE',
    place: 'the variables of this pod',
    field: 'spec.nodeName',
    message: 'the kubelet of this node is older than 1.35 and cannot read variables from files (EnvFiles)',
    remedy:
      'Run the pod on nodes with a kubelet of 1.35 or newer, ask for files instead of variables, or use the delivery "secret".',
  };
}
