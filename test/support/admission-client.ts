// Plays the API server towards the webhook: builds the review that a controller's pod brings, and sends it over TLS.

import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import fastJsonPatch from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';

export type Raw = Record<string, unknown>;

export interface AdmissionAnswer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patch?: readonly Operation[];
  readonly warnings?: readonly string[];
  readonly status?: {
    readonly code?: number;
    readonly reason?: string;
    readonly message?: string;
    readonly details?: { readonly causes?: readonly { reason: string; field: string; message: string }[] };
  };
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface ReviewOptions {
  readonly namespace?: string;
  readonly operation?: string;
  readonly dryRun?: boolean;
  readonly uid?: string;
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly subResource?: string;
}

/** An AdmissionReview v1 as the API server writes it for a pod. */
export function podReview(pod: unknown, options: ReviewOptions = {}): Raw {
  const { metadata } = (pod ?? {}) as { readonly metadata?: { readonly namespace?: string } };
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: options.uid ?? randomUUID(),
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      ...(options.subResource === undefined ? {} : { subResource: options.subResource }),
      namespace: options.namespace ?? metadata?.namespace ?? 'default',
      operation: options.operation ?? 'CREATE',
      userInfo: {
        username: options.username ?? 'system:serviceaccount:kube-system:replicaset-controller',
        groups: options.groups ?? ['system:serviceaccounts', 'system:authenticated'],
      },
      object: pod,
      oldObject: null,
      dryRun: options.dryRun ?? false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: 'CreateOptions' },
    },
  };
}

export interface WorkloadReviewOptions extends ReviewOptions {
  /** What it was before: makes the review one of an update. */
  readonly old?: unknown;
}

/** An AdmissionReview v1 as the API server writes it for a workload that somebody applies. */
export function workloadReview(workload: unknown, options: WorkloadReviewOptions = {}): Raw {
  const {
    apiVersion = '',
    kind = '',
    metadata,
  } = (workload ?? {}) as Partial<Record<'apiVersion' | 'kind', string>> & {
    readonly metadata?: { readonly namespace?: string; readonly name?: string };
  };
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  const isUpdate = options.old !== undefined;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: options.uid ?? randomUUID(),
      kind: { group, version, kind },
      resource: { group, version, resource: `${kind.toLowerCase()}s` },
      ...(options.subResource === undefined ? {} : { subResource: options.subResource }),
      ...(typeof metadata?.name === 'string' ? { name: metadata.name } : {}),
      namespace: options.namespace ?? metadata?.namespace ?? 'shop',
      operation: options.operation ?? (isUpdate ? 'UPDATE' : 'CREATE'),
      userInfo: {
        username: options.username ?? 'jane@example.com',
        groups: options.groups ?? ['system:authenticated'],
      },
      object: workload,
      oldObject: options.old ?? null,
      dryRun: options.dryRun ?? false,
      options: { apiVersion: 'meta.k8s.io/v1', kind: isUpdate ? 'UpdateOptions' : 'CreateOptions' },
    },
  };
}

/** The pod that the ReplicaSet controller makes from a Deployment's template, as it reaches a webhook. */
export function podOfDeployment(
  deployment: Raw,
  replicaSet: { readonly name: string; readonly uid: string; readonly hash?: string },
): Raw {
  const template = structuredClone((deployment['spec'] as Raw)['template']) as {
    metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
    spec: Raw;
  };
  const namespace = (deployment['metadata'] as { namespace?: string }).namespace ?? 'default';
  const spec = template.spec;
  spec['serviceAccountName'] ??= 'default';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${replicaSet.name}-`,
      namespace,
      creationTimestamp: null,
      labels: { ...template.metadata?.labels, 'pod-template-hash': replicaSet.hash ?? '6d4cf56db6' },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: replicaSet.name,
          uid: replicaSet.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec,
  };
}

export interface AdmissionClient {
  /** One review, decoded. Throws when the answer is not HTTP 200. */
  review(pod: Raw, options?: ReviewOptions): Promise<AdmissionAnswer>;
  /** One review of a workload, decoded. Throws when the answer is not HTTP 200. */
  reviewWorkload(workload: unknown, options?: WorkloadReviewOptions): Promise<AdmissionAnswer>;
  /** Any body, undecoded. */
  post(body: string, path?: string): Promise<HttpAnswer>;
  close(): void;
}

/** @param ca the PEM of the webhook's certificate authority, as `caBundle` has it */
export function createAdmissionClient(options: {
  readonly url: string;
  readonly ca: string;
  readonly timeout?: string;
  readonly servername?: string;
  readonly cert?: string;
  readonly key?: string;
}): AdmissionClient {
  const { url, ca, timeout = '10s', servername, cert, key } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const post = (body: string, path = `/mutate/pods?timeout=${timeout}`): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, url),
        {
          method: 'POST',
          agent,
          ca,
          ...(servername === undefined ? {} : { servername }),
          ...(cert === undefined ? {} : { cert, key }),
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const review = async (body: Raw, path?: string): Promise<AdmissionAnswer> => {
    const answer = await post(JSON.stringify(body), path);
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
    return decodeAnswer(answer.text);
  };
  return {
    post,
    review: (pod, reviewOptions) => review(podReview(pod, reviewOptions)),
    reviewWorkload: (workload, reviewOptions) =>
      review(workloadReview(workload, reviewOptions), `/validate/workloads?timeout=${timeout}`),
    close() {
      agent.destroy();
    },
  };
}

function decodeAnswer(text: string): AdmissionAnswer {
  const { response } = JSON.parse(text) as { response: Omit<AdmissionAnswer, 'patch'> & { patch?: string } };
  const { patch, ...rest } = response;
  if (patch === undefined) return rest;
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as readonly Operation[];
  return { ...rest, patch: operations };
}

/** What the API server stores: the pod with the patch applied, every operation validated. */
export function applied<T extends Raw>(pod: T, answer: AdmissionAnswer): T {
  const operations = structuredClone(answer.patch ?? []) as Operation[];
  return fastJsonPatch.applyPatch(structuredClone(pod), operations, true).newDocument;
}
