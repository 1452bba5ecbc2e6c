import { LatchkeyError } from '../errors.ts';
import { PREFIX } from '../names.ts';
import { MOST_TEXT } from './annotations.ts';
import type { Plan } from './plan.ts';
import type { Pod } from './pod.ts';
import type { Problems } from './problems.ts';
import { annotationPlace, problemAt } from './problems.ts';

/** Written anew at each delivery, whatever stands in them. */
const OURS = [`${PREFIX}in-place`, `${PREFIX}status`];
/** Room for our annotation `status`, and for what others add. */
const LEFT_FREE = 4096;

/**
 * Reports references in place that do not fit into the annotation which keeps them, beside what the pod has already: the
 * API server would refuse the patched pod, and name an annotation that nobody wrote.
 */
export function checkInPlaceSize({ inPlace }: Plan, { metadata }: Pod, problems: Problems): void {
  if (inPlace.length === 0) return;
  const before = Object.entries(metadata.annotations ?? {})
    .filter(([key]) => !OURS.includes(key))
    .reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(text), 0);
  const ours = Buffer.byteLength(JSON.stringify(inPlace.map(({ references }) => references)));
  if (before + ours <= MOST_TEXT - LEFT_FREE) return;
  const error = new LatchkeyError(
    'LK-LIMIT',
    `the references in place have ${ours} bytes together, and are kept in this annotation as well`,
    `Kubernetes allows ${MOST_TEXT} bytes for all annotations of a pod. Keep large values in a SealedSecret, or in ssm or secretsmanager.`,
  );
  problems.push(problemAt(annotationPlace('in-place'), error));
}
