import { addressesOf } from '../request/addresses.ts';
import type { Answers } from '../request/evaluate.ts';
import { failoversOf } from '../request/failover.ts';
import type { Resolver } from '../stores/resolver.ts';
import type { ResolvedCase } from './case.ts';
import { permittedAnswers } from './permitted-answers.ts';

/** Reads every reference of a review's plan as its session, and lets the policy look at what came back. */
export async function askStores(review: ResolvedCase, resolver: Resolver): Promise<Answers> {
  const { plan, freshAfter, signal, permit, session } = review;
  const failoverOf = failoversOf(plan);
  const answers = await resolver.resolve(addressesOf(plan), session, {
    freshAfter,
    signal,
    ...(failoverOf === undefined ? {} : { failoverOf }),
  });
  return permittedAnswers(answers, permit, plan.delivery);
}
