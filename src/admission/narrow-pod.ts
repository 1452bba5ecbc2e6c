import { LatchkeyError } from '../errors.ts';
import type { Pod } from '../request/pod.ts';

type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isFlag: Check = (value) => typeof value === 'boolean';
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The API server leaves empty parts out when it encodes; it never writes `null` for those that are read here. */
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((entry) => check(entry));
const mapOfText: Check = (value) => isRecord(value) && Object.values(value).every(isText);
const shaped =
  (shape: Shape): Check =>
  (value) =>
    isRecord(value) && Object.entries(shape).every(([key, check]) => check(ownValue(value, key)));

function ownValue(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

const isKeyRef = shaped({
  name: optional(isText),
  optional: optional(isFlag),
  key: optional(isText),
  volumeName: optional(isText),
  path: optional(isText),
});
const isVariable = shaped({
  name: isText,
  value: optional(isText),
  valueFrom: optional(shaped({ secretKeyRef: optional(isKeyRef), fileKeyRef: optional(isKeyRef) })),
});
const isEnvFrom = shaped({
  secretRef: optional(shaped({ name: optional(isText), optional: optional(isFlag) })),
});
const isMount = shaped({ name: isText, mountPath: isText, subPath: optional(isText) });
const isSecurityContext = shaped({
  runAsUser: optional(isNumber),
  runAsGroup: optional(isNumber),
  fsGroup: optional(isNumber),
  runAsNonRoot: optional(isFlag),
});
const isContainer = shaped({
  name: isText,
  image: optional(isText),
  env: optional(listOf(isVariable)),
  envFrom: optional(listOf(isEnvFrom)),
  volumeMounts: optional(listOf(isMount)),
  restartPolicy: optional(isText),
  securityContext: optional(isSecurityContext),
});
const isOwner = shaped({
  apiVersion: isText,
  kind: isText,
  name: isText,
  uid: isText,
  controller: optional(isFlag),
});

const isPod = shaped({
  metadata: shaped({
    name: optional(isText),
    generateName: optional(isText),
    labels: optional(mapOfText),
    annotations: optional(mapOfText),
    ownerReferences: optional(listOf(isOwner)),
  }),
  spec: shaped({
    containers: listOf(isContainer),
    initContainers: optional(listOf(isContainer)),
    volumes: optional(listOf(shaped({ name: isText }))),
    imagePullSecrets: optional(listOf(shaped({ name: optional(isText) }))),
    serviceAccountName: optional(isText),
    nodeSelector: optional(mapOfText),
    os: optional(shaped({ name: optional(isText) })),
    securityContext: optional(isSecurityContext),
  }),
});

/**
 * Looks at the parts of a raw object that Latchkey reads, and nothing else; the object itself is returned, not a copy.
 * The API server sends well-formed pods; whoever else reaches the Service may send anything.
 *
 * @throws LatchkeyError LK-REVIEW when a part that is read has another type than a pod's
 */
export function narrowPod(object: unknown): Pod {
  if (!isPod(object)) {
    throw new LatchkeyError(
      'LK-REVIEW',
      'the object under review is no pod',
      'Send a v1 Pod as the API server encodes it.',
    );
  }
  return object as Pod;
}
