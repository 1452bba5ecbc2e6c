import type { Clock } from '../clock.ts';
import { siblingDelivery, type SiblingDelivery } from '../delivery/sibling.ts';
import { LatchkeyError } from '../errors.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { createFreshCache } from '../stores/cache.ts';
import type { IsTooStale } from '../stores/staleness.ts';
import type { ResolvedCase } from './case.ts';

export interface SiblingQuestion {
  /** The part of a managed Secret's name that proves that we made it for this identity, revision and plan. */
  readonly h1: string;
  readonly regions: readonly string[];
}

export interface SiblingSecrets {
  /** The Secret of the newest sibling pod, as long as `--max-stale` allows; with the warning that goes with it. */
  find(
    review: ResolvedCase,
    question: SiblingQuestion,
  ): Promise<(SiblingDelivery & { readonly warning: string }) | undefined>;
}

export interface SiblingSecretsOptions {
  readonly kubernetes: Kubernetes;
  readonly isTooStale: IsTooStale;
  readonly clock: Clock;
  /** Called once a pod, for the metric and the Event. */
  readonly onStale: (review: ResolvedCase, warning: string) => void;
}

/** A scale-up while AWS is away asks for the same siblings again and again. */
const REMEMBER_MS = 3000;

/** Finds what a revision's running pods already carry, for when AWS gives no definite answer. */
export function createSiblingSecrets(options: SiblingSecretsOptions): SiblingSecrets {
  const { kubernetes, isTooStale, clock, onStale } = options;
  const lists = createFreshCache<readonly unknown[]>({ clock, maxEntries: 200 });

  return {
    async find(review, question) {
      const { siblings: selector } = review.revision;
      const { identity } = review.session;
      const readings = question.regions.map((region) => ({ identity, region }));
      if (selector === undefined || isTooStale(readings)) return undefined;
      const key = JSON.stringify([review.namespace, selector]);
      const freshness = { freshAfter: 0, ttlMs: REMEMBER_MS };
      const list = () => kubernetes.pods(review.namespace, selector);
      const pods = await lists.get(key, freshness, list).catch(nobody);
      const found = siblingDelivery(pods, question.h1, review.plan);
      if (found === undefined) return undefined;
      const warning = `AWS is away: delivered as to the running pods of this revision (Secret ${found.secretName})`;
      if (!review.dryRun) onStale(review, warning);
      return { ...found, warning };
    },
  };
}

/** Where the API server shows no pods, what there is to say is still that AWS is away. */
function nobody(error: unknown): readonly unknown[] {
  if (error instanceof LatchkeyError) return [];
  throw error;
}
