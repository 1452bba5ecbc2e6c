import { LatchkeyError } from '../errors.ts';
import { isDnsLabel, isDnsSubdomain } from '../kubernetes/object-names.ts';
import { quoted } from '../quote.ts';
import type { Pod } from '../request/pod.ts';
import { narrowPod } from './narrow-pod.ts';
import type { AdmissionRequest } from './review.ts';

/** A pod whose names may go into a URL, a key and a label. */
export interface Intake {
  readonly pod: Pod;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** Why a review needs no look at its pod, as text for the log and for tests; `undefined` if it does. */
export function skipReason(request: AdmissionRequest): string | undefined {
  if (request.resource.group !== '' || request.resource.resource !== 'pods') return 'not a pod';
  if (request.subResource !== undefined && request.subResource !== '') return 'a subresource';
  if (request.operation !== 'CREATE') return `operation ${request.operation}`;
  return undefined;
}

/**
 * Checks names before anything is done with them: mutation precedes the API server's own validation, so
 * `../../kube-system/secrets/x` may stand where a name should.
 *
 * @throws LatchkeyError LK-REVIEW, LK-NAME
 */
export function takeIn(request: AdmissionRequest): Intake {
  const pod = narrowPod(request.object);
  const { namespace } = request;
  if (!isDnsLabel(namespace)) throw notAName('namespace', namespace);
  // ServiceAccount admission runs before every webhook and fills this in.
  const serviceAccount = pod.spec.serviceAccountName || 'default';
  if (!isDnsSubdomain(serviceAccount)) throw notAName('service account', serviceAccount);
  return { pod, namespace, serviceAccount };
}

const MIRROR = 'kubernetes.io/config.mirror';

/**
 * Whether a pod is the kubelet's copy of a static pod: what is patched there never reaches the pod that runs. Anybody may
 * write the annotation, so it counts only for a node.
 */
export function isMirrorPod({ userInfo }: AdmissionRequest, { metadata }: Pod): boolean {
  return userInfo.groups.includes('system:nodes') && Object.hasOwn(metadata.annotations ?? {}, MIRROR);
}

function notAName(what: string, text: string): LatchkeyError {
  return new LatchkeyError(
    'LK-NAME',
    `the ${what} name ${quoted(text, 80)} is not valid`,
    'Use lower-case letters, digits and "-".',
  );
}
