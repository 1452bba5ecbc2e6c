import {
  CONTAINER_FETCH,
  CONTAINER_GUARD,
  CONTAINER_VOLUMES,
  ENV_FILE,
  FETCH_ENV_ROOT,
  FETCH_FILES_ROOT,
  FETCH_PATHS_ROOT,
  FETCH_PLAN_VARIABLE,
  FETCH_TOKEN_ROOT,
  SENTINEL_VARIABLE,
  VOLUME_ENV,
  VOLUME_FILES,
  VOLUME_PATHS,
  VOLUME_TOKEN,
  VOLUME_VOLUMES_TOKEN,
} from '../names.ts';
import type { EnvVar, Volume, VolumeMount } from '../request/pod.ts';
import type { OurContainer } from './desired.ts';
import type { FetchUser } from './fetch-user.ts';
import type { PodIdentity } from './pod-identity.ts';

/** CPU and memory of our init containers, as Kubernetes quantities. */
export interface FetchResources {
  readonly cpu: string;
  readonly memory: string;
}

/** Which of our volumes a pod needs. */
export interface FetchTargets {
  readonly files: boolean;
  readonly paths: boolean;
  readonly env: boolean;
}

export interface FetchContainerOptions {
  readonly image: string;
  readonly resources: FetchResources;
  readonly user: FetchUser;
  readonly name: typeof CONTAINER_FETCH | typeof CONTAINER_VOLUMES;
  /** Where it writes. */
  readonly mounts: readonly VolumeMount[];
  /** From `encodeFetchPlan`. */
  readonly encodedPlan: string;
  /** IRSA: the role and a region to name beside it. */
  readonly role?: { readonly arn: string; readonly region: string };
  readonly podIdentity: PodIdentity;
  /** The operator's proxy variables, by name. */
  readonly proxy: ReadonlyMap<string, string>;
}

const TOKEN_NAME = 'token';
export const TOKEN_FILE = `${FETCH_TOKEN_ROOT}/${TOKEN_NAME}`;
const TOKEN_SECONDS = 3600;

/** A cap, not a reservation: memory counts when it is written. 500 references of 64 KiB, the largest that AWS stores. */
const SIZE_LIMIT = '32Mi';

/**
 * What other webhooks or a Service of a tenant could put into our container's environment to change how Node runs or
 * where it connects. Set to nothing, they cannot be added a second time without being seen.
 */
export const CLEARED_VARIABLES: readonly string[] = [
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'LD_PRELOAD',
  'NODE_OPTIONS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_ENV_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];

type ProgramOptions = Pick<FetchContainerOptions, 'image' | 'resources' | 'user' | 'proxy'>;

/** Each has a token of its own: two parts of a pod may come and go by themselves. */
const TOKEN_VOLUMES = { [CONTAINER_FETCH]: VOLUME_TOKEN, [CONTAINER_VOLUMES]: VOLUME_VOLUMES_TOKEN } as const;

/** The init container that fetches: it meets the `restricted` Pod Security Standard and needs no shell. */
export function fetchContainer(options: FetchContainerOptions): OurContainer {
  const { encodedPlan, mounts, name, podIdentity, role } = options;
  const env = [
    ...baseVariables(options.proxy),
    { name: FETCH_PLAN_VARIABLE, value: encodedPlan },
    ...(role === undefined ? [] : roleVariables(role)),
    ...podIdentity.env,
  ];
  const volumeMounts: readonly VolumeMount[] = [
    ...mounts,
    ...(role === undefined
      ? []
      : [{ name: TOKEN_VOLUMES[name], mountPath: FETCH_TOKEN_ROOT, readOnly: true }]),
    ...podIdentity.mounts,
  ];
  return { name, ...program(options, ['fetch']), env: sorted(env), volumeMounts };
}

/**
 * The init container that stops the pod on a node whose kubelet does not know env files: such a kubelet would set every
 * variable to the empty text without a word.
 */
export function guardContainer(options: ProgramOptions): OurContainer {
  const sentinel = { volumeName: VOLUME_ENV, path: ENV_FILE, key: SENTINEL_VARIABLE, optional: false };
  const env = [
    ...baseVariables(options.proxy),
    { name: SENTINEL_VARIABLE, valueFrom: { fileKeyRef: sentinel } },
  ];
  return { name: CONTAINER_GUARD, ...program(options, ['fetch', '--guard']), env: sorted(env) };
}

/** Where `fetch` writes what annotations ask for. */
export function fetchMounts(targets: FetchTargets): readonly VolumeMount[] {
  return [
    ...(targets.files ? [{ name: VOLUME_FILES, mountPath: FETCH_FILES_ROOT }] : []),
    ...(targets.paths ? [{ name: VOLUME_PATHS, mountPath: FETCH_PATHS_ROOT }] : []),
    ...(targets.env ? [{ name: VOLUME_ENV, mountPath: FETCH_ENV_ROOT }] : []),
  ];
}

/** The volumes that our containers fill or read, each only where something is in it. */
export function fetchVolumes(targets: FetchTargets, audience: string | undefined): readonly Volume[] {
  return [
    ...(targets.files ? [memoryVolume(VOLUME_FILES)] : []),
    ...(targets.paths ? [memoryVolume(VOLUME_PATHS)] : []),
    ...(targets.env ? [memoryVolume(VOLUME_ENV)] : []),
    ...(audience === undefined ? [] : [tokenVolume(CONTAINER_FETCH, audience)]),
  ];
}

/** A volume of the pod's own memory. */
export function memoryVolume(name: string): Volume {
  return { name, emptyDir: { medium: 'Memory', sizeLimit: SIZE_LIMIT } };
}

/** Our own name and path: pod-identity-webhook reacts to both of its. */
export function tokenVolume(container: keyof typeof TOKEN_VOLUMES, audience: string): Volume {
  const serviceAccountToken = { audience, expirationSeconds: TOKEN_SECONDS, path: TOKEN_NAME };
  return { name: TOKEN_VOLUMES[container], projected: { sources: [{ serviceAccountToken }] } };
}

function program({ image, resources, user }: ProgramOptions, args: readonly string[]) {
  const { cpu, memory } = resources;
  return {
    image,
    args,
    // Requests equal to limits: others would turn a Guaranteed pod into a Burstable one.
    resources: { requests: { cpu, memory }, limits: { cpu, memory } },
    securityContext: {
      ...user.securityContext,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}

/** pod-identity-webhook adds its variables only to containers that have none of them. */
function roleVariables({
  arn,
  region,
}: {
  readonly arn: string;
  readonly region: string;
}): readonly EnvVar[] {
  return [
    { name: 'AWS_DEFAULT_REGION', value: region },
    { name: 'AWS_REGION', value: region },
    { name: 'AWS_ROLE_ARN', value: arn },
    { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
    { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: TOKEN_FILE },
  ];
}

function baseVariables(proxy: ReadonlyMap<string, string>): readonly EnvVar[] {
  return [...new Set([...CLEARED_VARIABLES, ...proxy.keys()])].map((name) => ({
    name,
    value: proxy.get(name) ?? '',
  }));
}

function sorted(env: readonly EnvVar[]): readonly EnvVar[] {
  return [...env].sort((a, b) => (a.name < b.name ? -1 : 1));
}
