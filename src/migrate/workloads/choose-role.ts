import { quoted } from '../../quote.ts';
import {
  type Meaning,
  type Members,
  notConvertible,
  readsAws,
  type Role,
  roleKey,
} from '../definitions/meaning.ts';
import { type Accepted, meaningsIn, mostFrequent, type Rejections } from './accepted.ts';
import type { Existing } from './existing.ts';

function reads(said: Meaning | Members): boolean {
  return 'reference' in said || readsAws(said);
}

function rolesOf(accepted: Accepted): readonly (Role | undefined)[] {
  return meaningsIn(accepted)
    .filter(reads)
    .map(({ role }) => role);
}

/** The role that the pod assumes already; `undefined` where it asks for nothing yet. */
function existingRole({ plan }: Existing): string | undefined {
  if (plan === undefined) return undefined;
  const { assumeRoleArn: arn, externalId } = plan;
  return roleKey(
    arn === undefined ? undefined : { arn, ...(externalId === undefined ? {} : { externalId }) },
  );
}

/** One role for all of a pod: the one it has, or the one that most of it needs. */
export function chooseRole(
  all: readonly Accepted[],
  existing: Existing,
  rejected: Rejections,
): Role | undefined {
  const roles = all.flatMap(rolesOf);
  const chosen = existingRole(existing) ?? mostFrequent(roles.map(roleKey)) ?? '';
  for (const accepted of all) {
    const other = rolesOf(accepted).find((role) => roleKey(role) !== chosen);
    const fits = rolesOf(accepted).every((role) => roleKey(role) === chosen);
    if (!fits) rejected.set(accepted, anotherRole(other));
  }
  return roles.find((role) => roleKey(role) === chosen);
}

function anotherRole(role: Role | undefined): Error & ReturnType<typeof notConvertible> {
  const what = role === undefined ? 'with no other role' : `with ${quoted(role.arn, 200)}`;
  return notConvertible(
    `it is read ${what}, and other values of the pod are read differently; a pod assumes one role`,
    'Give one role the right to read all of them.',
  );
}
