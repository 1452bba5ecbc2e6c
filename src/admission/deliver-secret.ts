import { dryRunSecretName, secretIdentity, secretName } from '../delivery/secret-name.ts';
import { managedSecret } from '../delivery/managed-secret.ts';
import { secretSources } from '../delivery/secret-sources.ts';
import { deliverSecret } from '../delivery/secret.ts';
import { deliverSecretVolumes, fillsVolumes } from '../delivery/volumes.ts';
import type { Status } from '../delivery/status.ts';
import { isIndefinite, type Problem } from '../errors.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { evaluate } from '../request/evaluate.ts';
import { addressesOf } from '../request/addresses.ts';
import { jmesPathFor } from '../request/jmes-path.ts';
import type { Slot } from '../request/plan.ts';
import type { Clock } from '../clock.ts';
import { createFreshCache } from '../stores/cache.ts';
import type { Resolver } from '../stores/resolver.ts';
import { askStores } from './ask-stores.ts';
import type { Case, Deliverer, ResolvedCase } from './case.ts';
import { concluded, refused } from './conclude.ts';
import { existenceOf } from './existence.ts';
import { isNonEmpty } from './problems.ts';
import type { Decision } from './respond.ts';
import type { SiblingSecrets } from './sibling-secrets.ts';

export interface SecretDelivererOptions {
  readonly kubernetes: Kubernetes;
  readonly resolver: Resolver;
  /** `--key-file`. */
  readonly installationKey: Uint8Array;
  readonly siblings: SiblingSecrets;
  readonly clock: Clock;
  readonly cacheTtlMs: number;
  readonly dryRunAsksAws: boolean;
}

/** The warning of a dry run whose patch cannot hold everything. */
export const MEMBERS_NOT_SHOWN = 'dry run: members of env-from and files-from are not shown';

/** What a review needs to name its managed Secret. */
interface Naming {
  readonly h1: string;
  readonly status: Status;
}

/** `secret`: the values go into a managed Secret that exists before the pod is admitted. */
export function createSecretDeliverer(options: SecretDelivererOptions): Deliverer<ResolvedCase> {
  const { kubernetes, resolver, installationKey: key, siblings, cacheTtlMs } = options;
  const created = createFreshCache<string>({ clock: options.clock, maxEntries: 20_000 });

  return async (review) => {
    const naming = namingOf(review, key);
    if (review.dryRun) return dryRun(review, naming);

    const answers = await askStores(review, resolver);
    const { filled, problems, warnings } = evaluate(review.plan, answers, await jmesPathFor(review.plan));
    if (isNonEmpty(problems)) {
      return (await siblingDecision(review, naming, problems)) ?? refused(review, problems, warnings);
    }
    const name = secretName(key, { owner: review.revision.ownerName, h1: naming.h1, filled });
    const slots = filled.map(({ slot }) => slot);
    // A nonce belongs to one pod: nobody else gets its Secret.
    const readAt = review.revision.nonce === true ? undefined : answers.readAt;
    const decision = patched(review, naming, { secretName: name, slots, warnings, readAt });
    // A pod that is refused after all leaves nothing behind, and what is patched exists before the patch leaves.
    if (decision.kind !== 'refuse') {
      await create(review, name, async () => {
        const { namespace, plan, revision } = review;
        const owner = revision.owner === undefined ? {} : { owner: revision.owner };
        const sources = secretSources(plan, answers);
        return kubernetes.createSecret(managedSecret({ key, name, namespace, filled, sources, ...owner }));
      });
    }
    return decision;
  };

  async function create(review: Case, name: string, post: () => Promise<string>): Promise<void> {
    const freshness = { freshAfter: review.freshAfter, ttlMs: cacheTtlMs };
    await created.get(JSON.stringify([review.namespace, name]), freshness, post);
  }

  async function dryRun(review: ResolvedCase, naming: Naming): Promise<Decision> {
    const answers = options.dryRunAsksAws ? await askStores(review, resolver) : undefined;
    const { slots, problems } = existenceOf(review.plan, answers);
    if (isNonEmpty(problems)) {
      return (await siblingDecision(review, naming, problems)) ?? refused(review, problems);
    }
    const name = dryRunSecretName(key, { owner: review.revision.ownerName, h1: naming.h1 });
    const bulk = review.plan.bulks.length > 0 ? [MEMBERS_NOT_SHOWN] : [];
    return patched(review, naming, { secretName: name, slots, warnings: bulk });
  }

  /** AWS away, never a definite no: a pod of a revision that was already delivered gets what its siblings have. */
  async function siblingDecision(
    review: ResolvedCase,
    naming: Naming,
    problems: readonly Problem[],
  ): Promise<Decision | undefined> {
    if (!problems.every(isIndefinite)) return undefined;
    const found = await siblings.find(review, { h1: naming.h1, regions: regionsOf(review) });
    return found && patched(review, naming, { ...found, warnings: [found.warning] });
  }
}

interface Found {
  readonly secretName: string;
  readonly slots: readonly Slot[];
  readonly warnings: readonly string[];
  readonly readAt?: number | undefined;
}

function patched(review: Case, { status }: Naming, { secretName, slots, ...found }: Found): Decision {
  const { pod, plan } = review;
  const options = { secretName, slots, status };
  const delivered = fillsVolumes(plan)
    ? deliverSecretVolumes(pod, plan, options)
    : deliverSecret(pod, plan, options);
  return concluded(review, delivered, found);
}

function regionsOf(review: Case): readonly string[] {
  return [...new Set(addressesOf(review.plan).map(({ region }) => region))];
}

/**
 * The part of the name that says for whom and what. A pod that stands alone carries its nonce in the status annotation,
 * so that the second round of one review finds the Secret of the first. A nonce that somebody made up changes nothing:
 * the name still holds identity and values, under a key that only we know.
 */
function namingOf(review: ResolvedCase, key: Uint8Array): Naming {
  const { identity } = review.session;
  const { revision, plan, planHash } = review;
  const h1 = secretIdentity(key, {
    namespace: review.namespace,
    serviceAccount: identity.serviceAccount,
    serviceAccountUid: identity.serviceAccountUid,
    roleChain: identity.roleChain,
    ...(identity.externalId === undefined ? {} : { externalId: identity.externalId }),
    regions: [...regionsOf(review), ...(plan.failoverRegion === undefined ? [] : [plan.failoverRegion])],
    ...(revision.owner === undefined ? {} : { ownerUid: revision.owner.uid }),
    revision: revision.id,
    planHash,
  });
  const nonce = revision.nonce === true ? { nonce: revision.id } : {};
  return { h1, status: { version: 1, plan: planHash, delivery: 'secret', ...nonce } };
}
