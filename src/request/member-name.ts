import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { isHiddenVariableName, isVariableName } from './env-names.ts';
import { checkRelativePath } from './file-path.ts';
import type { Bulk, Slot } from './plan.ts';

type MemberSlot = Extract<Slot, { kind: 'env' } | { kind: 'file' }>;
type Naming = Pick<Bulk, 'kind' | 'prefix' | 'case'>;

function cased(naming: Naming, name: string): string {
  return naming.case === 'upper' ? name.toUpperCase() : name;
}

/**
 * The variable or file that a member becomes. `key` is a JSON key, or a parameter's path below the bulk's path: as a
 * variable, `/`, `-` and `.` of a path turn to `_`. `case` applies to the key, not to the prefix.
 */
export function memberSlot(bulk: Naming & Pick<Bulk, 'source'>, key: string): MemberSlot {
  const prefix = bulk.prefix ?? '';
  if (bulk.kind === 'file') return { kind: 'file', path: prefix + cased(bulk, key) };
  const name = bulk.source.address.below === undefined ? key : key.replace(/[/.-]/g, '_');
  return { kind: 'env', name: prefix + cased(bulk, name) };
}

/** Throws LK-NAME unless the slot can be delivered. */
export function checkMemberName(slot: MemberSlot): void {
  if (slot.kind === 'file') {
    checkRelativePath(slot.path);
    return;
  }
  if (isVariableName(slot.name) && !isHiddenVariableName(slot.name)) return;
  throw new LatchkeyError(
    'LK-NAME',
    `${quoted(slot.name)} is no variable name`,
    'Use letters, digits and _, not beginning with a digit; ask for other members with latchkey.dev/env.NAME.',
  );
}

/** Whether the slot can be delivered. */
export function isMemberName(slot: MemberSlot): boolean {
  try {
    checkMemberName(slot);
    return true;
  } catch {
    return false;
  }
}

/**
 * The variables or files that a bulk with `keys=` brings, in the order of its keys: known before anything is fetched.
 * Nothing for a bulk without `keys=`.
 */
export function knownMembers(bulk: Bulk): readonly MemberSlot[] {
  return (bulk.keys ?? []).map((key) => memberSlot(bulk, key));
}
