// The one place that knows the wire format of an AdmissionReview's request.

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** What is asked, as the API server says it. `object` is raw JSON and untrusted: names in it aren't validated yet. */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: GroupVersion & { readonly kind: string };
  readonly resource: GroupVersion & { readonly resource: string };
  /** '' for the object itself. */
  readonly subResource: string;
  readonly operation: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  /** '' where the API server generates it later. */
  readonly name: string;
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly dryRun: boolean;
  readonly userInfo: { readonly username: string; readonly groups: readonly string[] };
}

export type DecodedReview =
  | { readonly ok: true; readonly request: AdmissionRequest }
  /** A sentence without a word of the input. */
  | { readonly ok: false; readonly error: string };

type Fields = Readonly<Record<string, unknown>>;

const MAX_UID = 128;

/** Reads an `admission.k8s.io/v1` AdmissionReview. Never throws; unknown fields are left alone. */
export function decodeReview(body: unknown): DecodedReview {
  if (!isObject(body) || body['kind'] !== 'AdmissionReview') {
    return refused('the body is not an AdmissionReview');
  }
  if (body['apiVersion'] !== 'admission.k8s.io/v1') {
    return refused('only admission.k8s.io/v1 is spoken here: set admissionReviewVersions to ["v1"]');
  }
  const request = body['request'];
  if (!isObject(request)) {
    return refused('the AdmissionReview holds no request');
  }
  const uid = text(request['uid']);
  if (uid === '' || uid.length > MAX_UID) {
    return refused("the request's uid is missing or too long");
  }
  const operation = text(request['operation']);
  if (operation === '' || !isObject(request['kind'])) {
    return refused("the request's kind or operation is missing");
  }
  return { ok: true, request: toRequest(request, uid, operation) };
}

function toRequest(request: Fields, uid: string, operation: string): AdmissionRequest {
  const kind = fields(request['kind']);
  const resource = fields(request['resource']);
  const user = fields(request['userInfo']);
  return {
    uid,
    kind: { ...groupVersion(kind), kind: text(kind['kind']) },
    resource: { ...groupVersion(resource), resource: text(resource['resource']) },
    subResource: text(request['subResource']),
    operation,
    namespace: text(request['namespace']),
    name: text(request['name']),
    object: request['object'],
    oldObject: request['oldObject'],
    dryRun: request['dryRun'] === true,
    userInfo: { username: text(user['username']), groups: texts(user['groups']) },
  };
}

/** Why a request is none of our business, or undefined when it creates a Pod. */
export function passedPod(request: AdmissionRequest): string | undefined {
  if (request.operation !== 'CREATE') {
    return 'not a creation';
  }
  if (request.subResource !== '') {
    return 'a subresource';
  }
  const { group, version, kind } = request.kind;
  return group === '' && version === 'v1' && kind === 'Pod' ? undefined : 'not a Pod';
}

/** The same for workloads: only what is written by people or for them. Their kinds are known to who reads templates. */
export function passedWorkload({ operation, subResource }: AdmissionRequest): string | undefined {
  if (operation !== 'CREATE' && operation !== 'UPDATE') return 'neither a creation nor an update';
  return subResource === '' ? undefined : 'a subresource';
}

/** `metadata.generateName`, for the log: pods of controllers have no name yet. */
export function generateNameOf(request: AdmissionRequest): string {
  return text(fields(fields(request.object)['metadata'])['generateName']);
}

function refused(error: string): DecodedReview {
  return { ok: false, error };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function groupVersion(value: Fields): GroupVersion {
  return { group: text(value['group']), version: text(value['version']) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((member) => typeof member === 'string') : [];
}
