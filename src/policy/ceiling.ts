import type { Problem } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { DeliveryName } from '../request/plan.ts';
import { anyGlobMatches, type Glob } from './glob.ts';
import type { PermitContext } from './permit-context.ts';
import type { Policy, Rule } from './policy.ts';
import { selectorMatches } from './selector.ts';

/** What the operator's file leaves open for one pod; without `names`, every name. */
export type Ceiling =
  | { readonly kind: 'open'; readonly names?: readonly Glob[] }
  | { readonly kind: 'closed'; readonly problem: Problem };

/**
 * Reads the operator's file for one pod. A rule counts only if it permits namespace, delivery, audience and every role
 * together, so that two narrow rules never add up to a wider one; the names of all rules that count are permitted.
 */
export function ceilingOf(delivery: DeliveryName, context: PermitContext): Ceiling {
  const { policy } = context;
  if (policy?.kind === 'unreadable') {
    return closed(
      `the operator's policy file cannot be read: ${policy.reason}`,
      'The operator must correct it.',
    );
  }
  if (policy === undefined) {
    if (context.identity === 'pod') return { kind: 'open' };
    const remedy = 'The operator must start the server with --policy-file and a rule for this namespace.';
    return closed("with the webhook's own identity nothing is permitted without a policy file", remedy);
  }
  return narrowed(policy, delivery, context);
}

/** Takes the rules through one gate after the other, so that the message can name the one at which none was left. */
function narrowed(policy: Policy, delivery: DeliveryName, context: PermitContext): Ceiling {
  const namespace = quoted(context.namespace);
  const gates: readonly { readonly passes: (rule: Rule) => boolean; readonly what: string }[] = [
    { passes: (rule) => speaksOf(rule, context), what: `the namespace ${namespace}` },
    {
      passes: (rule) => open(rule.deliveries, delivery),
      what: `the delivery ${quoted(delivery)} in ${namespace}`,
    },
    {
      passes: (rule) => context.audience === undefined || open(rule.audiences, context.audience),
      what: `the token audience ${quoted(context.audience ?? '')} in ${namespace}`,
    },
    ...context.roleChain.map((role) => ({
      passes: (rule: Rule) => roleOpen(rule, role, context),
      what: `the role ${quoted(role)} in ${namespace}`,
    })),
  ];
  let rules = policy.rules;
  for (const { passes, what } of gates) {
    rules = rules.filter(passes);
    if (rules.length > 0) continue;
    return closed(
      `no rule of the operator's policy file permits ${what}`,
      `Ask the operator for a rule with ${what}.`,
    );
  }
  return { kind: 'open', names: rules.flatMap((rule) => rule.names) };
}

function speaksOf(rule: Rule, context: PermitContext): boolean {
  const { names, selector } = rule.namespaces;
  return (
    open(names, context.namespace) &&
    (selector === undefined || selectorMatches(selector, context.namespaceLabels))
  );
}

function open(globs: readonly Glob[] | undefined, asked: string): boolean {
  return globs === undefined || anyGlobMatches(globs, asked);
}

/**
 * With its own identity, the webhook may reach every role that trusts it: then only its own role and those that are written
 * down count.
 */
function roleOpen(rule: Rule, role: string, { identity, ownRole }: PermitContext): boolean {
  if (rule.roles !== undefined) return anyGlobMatches(rule.roles, role);
  return identity === 'pod' || role === ownRole;
}

function closed(message: string, remedy: string): Ceiling {
  return {
    kind: 'closed',
    problem: { code: 'LK-POLICY', place: 'policy', field: 'metadata.annotations', message, remedy },
  };
}
