import { PREFIX } from '../../names.ts';
import type { Path } from '../../manifests/node-path.ts';
import type { PodTemplate } from '../../manifests/pod-templates.ts';
import type { Role } from '../definitions/meaning.ts';
import type { Difference } from '../differences.ts';
import type { Added, Edit } from '../edit/edit.ts';
import type { Accepted, Rejections } from './accepted.ts';
import { chooseContainers } from './choose-containers.ts';
import { chooseRole } from './choose-role.ts';
import { commonRegion, withoutRegion } from './common-region.ts';
import type { Existing } from './existing.ts';
import { placeFiles } from './place-files.ts';
import { placeMembers } from './place-members.ts';
import { placeVariables } from './place-variables.ts';
import { removals } from './removals.ts';

/** What one use became. */
export interface Arranged {
  readonly from: Accepted;
  /** In words: `latchkey.dev/env.A: ssm:/a`. */
  readonly results: readonly string[];
  readonly differences: readonly Difference[];
}

export type Arrangement =
  | { readonly kind: 'arranged'; readonly edits: readonly Edit[]; readonly arranged: readonly Arranged[] }
  /** These cannot be converted beside the others. */
  | { readonly kind: 'rejected'; readonly rejected: Rejections };

/** Puts all uses of a pod template into its annotations and variables. */
export function arrange(template: PodTemplate, all: readonly Accepted[], existing: Existing): Arrangement {
  const rejected: Rejections = new Map();
  const role = chooseRole(all, existing, rejected);
  const targets = chooseContainers(all, existing, rejected);
  if (rejected.size > 0) return { kind: 'rejected', rejected };
  const region = commonRegion(all, existing);
  const settled = new Map(
    all.map((each) => [{ ...each, wishes: withoutRegion(each.wishes, region) }, each] as const),
  );
  const wanted = [...settled.keys()];
  const own: Rejections = new Map();
  const variables = placeVariables(wanted, targets, own);
  const members = placeMembers(wanted, existing);
  const files = placeFiles(wanted, existing, own);
  if (own.size > 0) {
    for (const [each, why] of own) rejected.set(settled.get(each) ?? each, why);
    return { kind: 'rejected', rejected };
  }
  const speaking = [...variables.annotations, ...members.annotations, ...files.annotations];
  const settings = [
    ...containerSetting(speaking, targets, existing),
    ...roleSettings(role, existing),
    ...(region === undefined ? [] : [{ key: `${PREFIX}region`, text: region }]),
    ...files.settings,
  ];
  const added = [...settings.filter(({ key }) => !isWritten(existing, key)), ...speaking];
  const metadata: Path = [...template.path, 'metadata', 'annotations'];
  const replaced = added.filter(({ key }) => isWritten(existing, key));
  const edits: readonly Edit[] = [
    ...replaced.map(({ key }): Edit => ({ kind: 'remove', path: [...metadata, key] })),
    ...(added.length === 0 ? [] : [{ kind: 'add', path: metadata, entries: added } as const]),
    ...variables.edits,
    ...removals(template, wanted, variables.edits),
  ];
  return {
    kind: 'arranged',
    edits,
    arranged: [...settled].map(([each, from]) => ({
      from,
      results: [variables, members, files].flatMap(({ results }) => results.get(each) ?? []),
      differences: [...each.wishes.differences, ...(files.differences.get(each) ?? [])],
    })),
  };
}

function isWritten({ annotations }: Existing, key: string): boolean {
  return annotations.has(key.slice(PREFIX.length));
}

/** Only where annotations would not speak to these containers anyhow. */
function containerSetting(
  speaking: readonly Added[],
  targets: readonly string[],
  { defaultTargets }: Existing,
): readonly Added[] {
  const same =
    targets.length === defaultTargets.length && targets.every((name) => defaultTargets.includes(name));
  return speaking.length === 0 || same ? [] : [{ key: `${PREFIX}containers`, text: targets.join(',') }];
}

function roleSettings(role: Role | undefined, { plan }: Existing): readonly Added[] {
  if (role === undefined || plan?.assumeRoleArn !== undefined) return [];
  return [
    { key: `${PREFIX}assume-role-arn`, text: role.arn },
    ...(role.externalId === undefined ? [] : [{ key: `${PREFIX}external-id`, text: role.externalId }]),
  ];
}
