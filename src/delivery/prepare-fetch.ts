// What every init container of `memory` delivery is told, whatever it fills.

import { LatchkeyError } from '../errors.ts';
import type { Problem } from '../errors.ts';
import type { Item, Plan } from '../request/plan.ts';
import type { Pod } from '../request/pod.ts';
import type { FetchContainerOptions, FetchResources } from './fetch-container.ts';
import { TOKEN_FILE } from './fetch-container.ts';
import type { FetchPlan } from './fetch-plan.ts';
import { encodeFetchPlan } from './fetch-plan.ts';
import { podIdentity } from './pod-identity.ts';
import type { Status } from './status.ts';
import { IN_PLACE_ANNOTATION } from './status.ts';

export interface MemoryOptions {
  readonly fetchImage: string;
  readonly fetchResources: FetchResources;
  /** Seconds until `fetch` gives up. */
  readonly fetchDeadlineSeconds: number;
  /** The operator's proxy variables by name, for our init containers; all others are cleared there. */
  readonly proxy?: ReadonlyMap<string, string>;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly cluster?: string;
  /** `AWS_ENDPOINT_URL` of the webhook, for emulators. */
  readonly endpoint?: string;
  /** IRSA: the service account's role and the audience of its token. Absent: only container credentials are tried. */
  readonly webIdentity?: { readonly roleArn: string; readonly audience: string };
  readonly status: Status;
}

/** Where `fetch` writes. */
export type FetchRoots = Pick<FetchPlan, 'filesRoot' | 'pathsRoot' | 'envFile'>;

/** What `fetch` is told, as the value of one variable; or why it does not fit into one. */
export function encodedPlan(plan: Plan, roots: FetchRoots, options: MemoryOptions): string | Problem {
  try {
    return encodeFetchPlan(toFetchPlan(plan, roots, options));
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    const { code, message, remedy } = error;
    return {
      code,
      place: 'delivery memory',
      field: 'metadata.annotations[latchkey.dev/delivery]',
      message,
      remedy,
    };
  }
}

function toFetchPlan(plan: Plan, roots: FetchRoots, options: MemoryOptions): FetchPlan {
  const { items, bulks, fileMode, failoverRegion, assumeRoleArn, externalId } = plan;
  const { cluster, endpoint, webIdentity } = options;
  return {
    version: 1,
    plan: {
      items: items.map(steady),
      bulks,
      fileMode,
      ...(failoverRegion === undefined ? {} : { failoverRegion }),
      ...(assumeRoleArn === undefined ? {} : { assumeRoleArn }),
      ...(externalId === undefined ? {} : { externalId }),
    },
    namespace: options.namespace,
    serviceAccount: options.serviceAccount,
    deadlineSeconds: options.fetchDeadlineSeconds,
    ...(cluster === undefined ? {} : { cluster }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(webIdentity === undefined ? {} : { webIdentity: tokenOf(plan, webIdentity) }),
    ...roots,
  };
}

function tokenOf(
  { credentials }: Plan,
  { roleArn }: { readonly roleArn: string },
): NonNullable<FetchPlan['webIdentity']> {
  const only = credentials === 'web-identity' ? ({ only: true } as const) : {};
  return { roleArn, tokenFile: TOKEN_FILE, ...only };
}

/** Other plugins shift a container's variables between two reviews: an index would make another plan of the same wish. */
function steady(item: Item): Item {
  if (item.slot.kind !== 'in-place') return item;
  return { ...item, place: { ...item.place, field: `metadata.annotations[${IN_PLACE_ANNOTATION}]` } };
}

interface OneContainer extends Pick<FetchContainerOptions, 'name' | 'mounts' | 'user' | 'encodedPlan'> {
  readonly pod: Pod;
}

/** The container that carries out an encoded plan. */
export function containerOptions(
  plan: Plan,
  options: MemoryOptions,
  { pod, ...one }: OneContainer,
): FetchContainerOptions {
  const { webIdentity } = options;
  const [source] = [
    ...plan.items.flatMap(({ template }) => template.filter((part) => typeof part !== 'string')),
    ...plan.bulks.map(({ source }) => source),
  ];
  const region = source?.address.region ?? '';
  return {
    ...one,
    image: options.fetchImage,
    resources: options.fetchResources,
    podIdentity: podIdentity(pod),
    proxy: options.proxy ?? new Map(),
    ...(webIdentity === undefined ? {} : { role: { arn: webIdentity.roleArn, region } }),
  };
}
