import { LatchkeyError } from '../errors.ts';
import type { PermitContext } from '../policy/permit-context.ts';
import { returnedCheck } from '../policy/permit.ts';
import type { Answers, Fetched } from '../request/evaluate.ts';
import type { Address, Plan } from '../request/plan.ts';

/**
 * Answers behind the second policy check: what a store returned is checked again by its own ARN and name, so that no
 * spelling of a reference (an ARN, a listing, `/aws/reference/secretsmanager/…`) reaches past the policy.
 */
export function permittedAnswers(
  answers: Answers,
  context: PermitContext,
  delivery: Plan['delivery'],
): Answers {
  const check = returnedCheck(delivery, context);
  const refusal = (address: Address, fetched: Fetched): LatchkeyError | undefined => {
    const problem = check(address, fetched);
    return problem && new LatchkeyError(problem.code, problem.message, problem.remedy);
  };
  return {
    ...(answers.readAt === undefined ? {} : { readAt: answers.readAt }),
    one(address) {
      const answer = answers.one(address);
      return answer instanceof LatchkeyError ? answer : (refusal(address, answer) ?? answer);
    },
    many(address) {
      const answer = answers.many(address);
      if (answer instanceof LatchkeyError) return answer;
      return answer.map((member) => refusal(address, member)).find((error) => error !== undefined) ?? answer;
    },
  };
}
