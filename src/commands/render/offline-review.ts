import type { Case, Deliverer, ResolvedCase } from '../../admission/case.ts';
import { createMemoryDeliverer, type MemoryDelivererOptions } from '../../admission/deliver-memory.ts';
import { createSecretDeliverer } from '../../admission/deliver-secret.ts';
import { createPodReviewer, type PodReviewerOptions } from '../../admission/pods.ts';
import { refusing } from '../../admission/refusing.ts';
import type { Decision } from '../../admission/respond.ts';
import type { SiblingSecrets } from '../../admission/sibling-secrets.ts';
import { storeFileSession } from '../../admission/sessions-without-aws.ts';
import { createSurroundings } from '../../admission/surroundings.ts';
import type { Clock } from '../../clock.ts';
import { createCredentialCache } from '../../identity/credential-cache.ts';
import type { Session } from '../../identity/identity.ts';
import { createPodSessions, type SessionRequest } from '../../identity/pod-sessions.ts';
import { createSts } from '../../identity/sts.ts';
import type { Kubernetes } from '../../kubernetes/kubernetes.ts';
import type { Json } from '../../manifests/objects.ts';
import type { Surroundings as ManifestSurroundings } from '../../manifests/surroundings.ts';
import { ROLE_ARN_ANNOTATION } from '../../names.ts';
import type { Policy } from '../../policy/policy.ts';
import { createAwsNetwork } from '../../stores/aws-config.ts';
import type { Resolver } from '../../stores/resolver.ts';
import { offlineAdoption } from './offline-adoption.ts';
import { createShownPlaintext } from './plaintext-deliverer.ts';

export interface OfflineReviewOptions {
  readonly config: PodReviewerOptions['config'] &
    MemoryDelivererOptions['config'] & {
      readonly plaintextAllowed: boolean;
      readonly tokenAudiences: readonly string[];
    };
  readonly kubernetes: Kubernetes;
  readonly surroundings: ManifestSurroundings;
  /** Answers from the store file; absent: references stay references, as in a dry run that asks nobody. */
  readonly resolver?: Resolver;
  /** Where a pod's Secret may come from when `resolver` has no definite answer; absent: nowhere. */
  readonly siblings?: SiblingSecrets;
  readonly installationKey: Uint8Array;
  /** Whether a service account whose role nobody knows is taken as if it had one. */
  readonly isRoleKnown: (namespace: string, serviceAccount: string) => boolean;
  /** Whether the store file stands for AWS, with the service account's role, or answers as `serve --store-file` does. */
  readonly asAws: boolean;
  readonly showValues: boolean;
  /** Whether the result is to be applied: then nothing in it is assumed or stands for something else. */
  readonly forApplying: boolean;
  readonly policy?: Policy;
  readonly clock: Clock;
}

export interface OfflineReview {
  readonly decision: Decision;
  /** The review as the deliverer got it; absent where it did not come so far. */
  readonly review?: Case;
}

/** Runs the server's own reviewer on one pod, with an API server and stores that ask nobody. */
export async function reviewOffline(
  pod: Json,
  namespace: string,
  options: OfflineReviewOptions,
): Promise<OfflineReview> {
  const { config, kubernetes, clock, policy } = options;
  let seen: Case | undefined;
  const watched =
    <C extends Case>(deliverer: Deliverer<C>): Deliverer<C> =>
    (review) => {
      seen = review;
      return deliverer(review);
    };
  const resolver = options.resolver ?? unasked;
  const reviewer = createPodReviewer({
    config,
    clock,
    surroundings: createSurroundings({ kubernetes, clock, ttlMs: 0 }),
    policy: async () => policy,
    sessionFor: (request) => sessionFor(request, options),
    adoption: offlineAdoption(options.surroundings, namespace, config.region),
    deliverers: {
      secret: watched(secretDeliverer(options, resolver)),
      memory: watched(createMemoryDeliverer({ config, kubernetes, clock })),
      plaintext: watched(plaintextDeliverer(options, resolver)),
    },
  });
  const request = reviewRequest(pod, namespace, options.resolver === undefined);
  const signal = new AbortController().signal;
  const decision = await reviewer(request, { receivedAt: clock.now(), deadline: Infinity, signal });
  return seen === undefined ? { decision } : { decision, review: seen };
}

const plaintextOff: Deliverer = refusing(
  'LK-PLAINTEXT',
  'plaintext delivery is not switched on',
  'Use delivery "secret" or "memory", or add --allow-plaintext if the operator did.',
);

const plaintextKept: Deliverer = refusing(
  'LK-PLAINTEXT',
  'a manifest would keep the values in the workload, for good',
  'Set latchkey.dev/delivery: secret.',
);

function plaintextDeliverer(
  { config, showValues, forApplying }: OfflineReviewOptions,
  resolver: Resolver,
): Deliverer<ResolvedCase> {
  if (forApplying) return plaintextKept;
  return config.plaintextAllowed ? createShownPlaintext(resolver, showValues) : plaintextOff;
}

/** Stands where no store is asked, in a dry run. */
const unasked: Resolver = {
  resolve: () => Promise.reject(new Error('a store was asked in a dry run')),
  lastDefinite: () => undefined,
};

function secretDeliverer(options: OfflineReviewOptions, resolver: Resolver): Deliverer<ResolvedCase> {
  const { kubernetes, installationKey, clock, siblings = { find: async () => undefined } } = options;
  return createSecretDeliverer({
    kubernetes,
    resolver,
    installationKey,
    siblings,
    clock,
    cacheTtlMs: 0,
    dryRunAsksAws: false,
  });
}

/** Who would read: the session is never used, but its identity goes into names and before the policy. */
function sessionFor(request: SessionRequest, options: OfflineReviewOptions): Session {
  const { namespace, serviceAccount } = request;
  const hasRole = serviceAccount.annotations[ROLE_ARN_ANNOTATION] !== undefined;
  const mayLackRole = !hasRole && !options.isRoleKnown(namespace, serviceAccount.name);
  if (!options.asAws || mayLackRole) return storeFileSession(request);
  return createPodSessions({
    kubernetes: options.kubernetes,
    sts: createSts(createAwsNetwork({})),
    cache: createCredentialCache({ clock: options.clock }),
    tokenAudiences: options.config.tokenAudiences,
  }).forServiceAccount(request);
}

function reviewRequest(object: Json, namespace: string, dryRun: boolean) {
  return {
    uid: 'render',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    subResource: '',
    operation: 'CREATE',
    namespace,
    name: '',
    object,
    oldObject: null,
    dryRun,
    userInfo: { username: '', groups: [] },
  };
}
