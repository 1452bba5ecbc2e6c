// Reviews as the API server sends them: a pod of 4 KiB, as a ReplicaSet's controller makes it.

import { randomBytes } from 'node:crypto';
import { podReview, type Raw } from '../test/support/admission-client.ts';

/** Bytes of the pod as JSON. */
const POD_BYTES = 4096;

export interface PodSpec {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly owner: { readonly name: string; readonly uid: string };
  /** The label that tells revisions apart. */
  readonly hash: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Secrets whose keys become variables of the container `app`. */
  readonly secrets?: readonly string[];
}

/** The example of the design: two variables, one of them a template, and a file. */
export function exampleAnnotations(delivery: 'secret' | 'memory'): Readonly<Record<string, string>> {
  return {
    'latchkey.dev/delivery': delivery,
    'latchkey.dev/env.TEST_VALUE': 'ssm:/staging/test-app/TEST_VALUE',
    'latchkey.dev/env.DATABASE_URL':
      'postgres://app:((secretsmanager:staging/db?encode=url#password))@db/app',
    'latchkey.dev/file.tls.key': 'secretsmanager:staging/tls#key',
  };
}

/** Eight parameters and four secrets. */
export function twelveReferences(): Readonly<Record<string, string>> {
  const parameters = Array.from({ length: 8 }, (_, n) => [`latchkey.dev/env.P${n}`, `ssm:/bench/p${n}`]);
  const secrets = Array.from({ length: 4 }, (_, n) => [
    `latchkey.dev/env.S${n}`,
    `secretsmanager:bench/s${n}`,
  ]);
  return Object.fromEntries([...parameters, ...secrets]) as Record<string, string>;
}

/** A review of its own uid, as JSON. Its pod differs from others of the template as on a real API server. */
export function reviewBody(spec: PodSpec): string {
  return JSON.stringify(podReview(podOf(spec)));
}

/** A whole HTTP request with a review of its own uid. */
export function reviewRequest(spec: PodSpec): Buffer {
  const body = reviewBody(spec);
  const head = [
    'POST /mutate/pods?timeout=10s HTTP/1.1',
    'host: latchkey.latchkey.svc',
    'content-type: application/json',
    'accept: application/json, */*',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function podOf({ namespace, serviceAccount, owner, hash, annotations, secrets = [] }: PodSpec): Raw {
  const token = `kube-api-access-${randomBytes(5).toString('hex').slice(0, 5)}`;
  const pod = (filler: string): Raw => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.name}-`,
      namespace,
      creationTimestamp: null,
      labels: { app: serviceAccount, 'app.kubernetes.io/part-of': 'shop', 'pod-template-hash': hash },
      annotations: { 'prometheus.io/scrape': 'true', 'example.com/notes': filler, ...annotations },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: owner.name,
          uid: owner.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [
        {
          manager: 'kube-controller-manager',
          operation: 'Update',
          apiVersion: 'v1',
          time: new Date().toISOString(),
          fieldsType: 'FieldsV1',
          fieldsV1: OWNED_FIELDS,
        },
      ],
    },
    spec: {
      volumes: [
        { name: token, ...API_ACCESS },
        { name: 'work', emptyDir: {} },
      ],
      initContainers: [{ ...container('migrate', token), command: ['/app/migrate', '--wait'] }],
      containers: [{ ...container('app', token), envFrom: secrets.map((name) => ({ secretRef: { name } })) }],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: serviceAccount,
      serviceAccount,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((taint) => ({
        key: `node.kubernetes.io/${taint}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  });
  const bare = JSON.stringify(pod('')).length;
  if (bare > POD_BYTES) throw new Error(`the pod has ${bare} bytes before it is filled up`);
  return pod('x'.repeat(POD_BYTES - bare));
}

function container(name: string, token: string): Raw {
  return {
    name,
    image: `registry.example.com/shop/${name}:1.4.2`,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: [
      { name: 'LOG_LEVEL', value: 'info' },
      { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
    ],
    resources: {
      limits: { cpu: '500m', memory: '256Mi' },
      requests: { cpu: '100m', memory: '128Mi' },
    },
    volumeMounts: [
      {
        name: token,
        readOnly: true,
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
      },
      { name: 'work', mountPath: '/work' },
    ],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: {
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
    },
  };
}

/** A part of what the API server notes as set by the controller, before any webhook is asked. */
const OWNED_FIELDS = {
  'f:metadata': { 'f:generateName': {}, 'f:labels': { '.': {}, 'f:app': {} }, 'f:ownerReferences': {} },
  'f:spec': { 'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
};

/** What ServiceAccount admission adds before any webhook is asked, under a name that it draws for each pod. */
const API_ACCESS = {
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
};
