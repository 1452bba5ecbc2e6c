import { LatchkeyError } from '../../errors.ts';
import { podTemplateOf, type PodTemplate } from '../../manifests/pod-templates.ts';
import { planTemplate } from '../../manifests/plan-template.ts';
import { ROLE_ARN_ANNOTATION } from '../../names.ts';
import { addressKey } from '../../request/addresses.ts';
import type { Address, Plan, Source } from '../../request/plan.ts';
import { parseReference } from '../../request/reference.ts';
import { type Input, planDefaults } from '../input.ts';
import { plannable } from '../workloads/existing.ts';

/** What somebody reads. */
export interface Reads {
  readonly addresses: readonly Address[];
}

/** A role that is assumed from a service account's own. */
export interface AssumedRole extends Reads {
  readonly arn: string;
  readonly externalId?: string;
}

/** What the pods of one service account ask for. */
export interface AccountNeeds extends Reads {
  readonly namespace: string;
  readonly name: string;
  /** What it is annotated with, where the input has it. */
  readonly roleArn?: string;
  readonly assumed: readonly AssumedRole[];
}

/** Stands for a region that nobody named. */
export const SOME_REGION = 'REGION';

interface Asked {
  readonly namespace: string;
  readonly name: string;
  readonly plan: Plan;
  readonly addresses: readonly Address[];
}

/** Each service account whose pods ask for something, in the order of the input. */
export function accountNeeds(input: Input): readonly AccountNeeds[] {
  const asked = input.objects.flatMap((object) => {
    const template = podTemplateOf(object);
    return template === undefined ? [] : askedBy(template, input);
  });
  const accounts = new Map<string, readonly Asked[]>();
  for (const each of asked) {
    const key = JSON.stringify([each.namespace, each.name]);
    accounts.set(key, [...(accounts.get(key) ?? []), each]);
  }
  return [...accounts.values()].flatMap((all) => (all[0] === undefined ? [] : [needsOf(all[0], all, input)]));
}

function askedBy(template: PodTemplate, input: Input): readonly Asked[] {
  try {
    const pod = plannable(template, input.options.namespace);
    const { region } = input.options;
    const { planned, regionAssumed } = planTemplate(pod, {
      ...planDefaults(input, pod.namespace),
      ...(region === undefined ? {} : { region }),
    });
    if (planned.kind !== 'plan') return [];
    const { namespace, serviceAccountName: name } = pod;
    return [{ namespace, name, plan: planned.plan, addresses: addressesOf(planned.plan, regionAssumed) }];
  } catch (error) {
    if (error instanceof LatchkeyError) return [];
    throw error;
  }
}

function addressesOf({ items, bulks }: Plan, regionAssumed: boolean): readonly Address[] {
  const sources = [
    ...items.flatMap(({ template }) => template.filter((part): part is Source => typeof part !== 'string')),
    ...bulks.map(({ source }) => source),
  ];
  return sources.map(({ address, text }) =>
    regionAssumed && parseReference(text, 'members').region === undefined
      ? { ...address, region: SOME_REGION }
      : address,
  );
}

function distinct(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map((address) => [addressKey(address), address])).values()];
}

function needsOf({ namespace, name }: Asked, all: readonly Asked[], { surroundings }: Input): AccountNeeds {
  const roleArn = surroundings.serviceAccount(namespace, name)?.annotations[ROLE_ARN_ANNOTATION];
  const roles = new Map<string, readonly Asked[]>();
  for (const each of all) {
    const { assumeRoleArn, externalId } = each.plan;
    if (assumeRoleArn === undefined) continue;
    const key = JSON.stringify([assumeRoleArn, externalId ?? null]);
    roles.set(key, [...(roles.get(key) ?? []), each]);
  }
  const own = all.filter(({ plan }) => plan.assumeRoleArn === undefined);
  return {
    namespace,
    name,
    ...(roleArn === undefined ? {} : { roleArn }),
    addresses: distinct(own.flatMap(({ addresses }) => addresses)),
    assumed: [...roles.values()].flatMap((group): readonly AssumedRole[] => {
      const { assumeRoleArn: arn, externalId } = group[0]?.plan ?? {};
      if (arn === undefined) return [];
      return [
        {
          arn,
          ...(externalId === undefined ? {} : { externalId }),
          addresses: distinct(group.flatMap(({ addresses }) => addresses)),
        },
      ];
    }),
  };
}
