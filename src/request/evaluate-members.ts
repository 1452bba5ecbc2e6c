import { LatchkeyError } from '../errors.ts';
import { printable, quoted } from '../quote.ts';
import { isDangerousName } from './env-names.ts';
import { decodeValue, encodeValue } from './encoding.ts';
import type { Documents } from './evaluate-source.ts';
import { documentOf, isAbsence, propertyError } from './evaluate-source.ts';
import { isMemberName, memberSlot } from './member-name.ts';
import type { Bulk, Slot } from './plan.ts';
import { readMembers } from './property.ts';

const MOST_MEMBERS = 500;

/** One member that is delivered. */
export interface Member {
  readonly key: string;
  readonly slot: Extract<Slot, { kind: 'env' } | { kind: 'file' }>;
  readonly bytes: Uint8Array;
}

export interface Members {
  readonly members: readonly Member[];
  /** Why members were skipped. Names only. */
  readonly warnings: readonly string[];
}

/** A member before it has a name in the pod; no bytes: it is null. */
interface RawMember {
  readonly key: string;
  readonly bytes?: Uint8Array;
}

function jsonMembers(documents: Documents, { source }: Bulk): readonly RawMember[] {
  const answer = documents.answers.one(source.address);
  if (answer instanceof LatchkeyError) throw answer;
  const found = readMembers(documentOf(documents, source.address, answer.value.reveal()), source.property);
  if (found === 'no-object') {
    throw new LatchkeyError(
      'LK-NOT-JSON',
      'the value is JSON, but no object with members',
      'Store an object, or ask for the value with env.NAME or file.NAME.',
    );
  }
  if (typeof found === 'string') throw propertyError(found, source.property ?? '');
  return found.map(({ key, value }) => {
    if (value.kind === 'not-text') throw propertyError('not-text', key);
    return value.kind === 'null' ? { key } : { key, bytes: Buffer.from(value.text) };
  });
}

function pathMembers({ answers }: Documents, { source }: Bulk): readonly RawMember[] {
  const found = answers.many(source.address);
  if (found instanceof LatchkeyError) throw found;
  const { name } = source.address;
  const path = name.endsWith('/') ? name : `${name}/`;
  return found.map((member) => {
    const key = member.name.startsWith(path) ? member.name.slice(path.length) : member.name;
    return { key, bytes: member.value.reveal() };
  });
}

function rawMembers(documents: Documents, bulk: Bulk): readonly RawMember[] {
  try {
    return bulk.source.address.below === undefined
      ? jsonMembers(documents, bulk)
      : pathMembers(documents, bulk);
  } catch (error) {
    if (bulk.source.optional === true && isAbsence(error)) return [];
    throw error;
  }
}

function keyMissing(key: string, bulk: Bulk): LatchkeyError {
  return new LatchkeyError(
    bulk.source.address.below === undefined ? 'LK-PROPERTY' : 'LK-NOT-FOUND',
    `keys= names ${quoted(key)}, which does not exist or is null`,
    'Remove it from keys=, store a value, or write optional=true.',
  );
}

/** Only what `keys=` names, in its order. What is named must be there. */
function selected(bulk: Bulk, found: readonly RawMember[]): readonly RawMember[] {
  if (bulk.keys === undefined) return found;
  const byKey = new Map(found.map((member) => [member.key, member]));
  return bulk.keys.flatMap((key) => {
    const member = byKey.get(key);
    if (member?.bytes !== undefined) return [member];
    if (bulk.source.optional === true) return [];
    throw keyMissing(key, bulk);
  });
}

/** Why a member is not delivered; `undefined` when it is. */
function reasonToSkip(bulk: Bulk, member: RawMember, slot: Member['slot']): string | undefined {
  if (member.bytes === undefined) return 'it is null';
  if (!isMemberName(slot))
    return slot.kind === 'env' ? 'its name is no variable name' : 'its name is no file name';
  const risky = slot.kind === 'env' && bulk.keys === undefined && isDangerousName(slot.name);
  return risky ? 'its name changes how programs run; ask for it with latchkey.dev/env.NAME' : undefined;
}

function checkNumber(found: readonly RawMember[]): void {
  if (found.length <= MOST_MEMBERS) return;
  throw new LatchkeyError(
    'LK-LIMIT',
    `the reference brings ${found.length} members`,
    `At most ${MOST_MEMBERS} can be delivered: name the ones that are needed with keys=, or a path further down.`,
  );
}

function checkNotEmpty(bulk: Bulk, members: readonly Member[]): void {
  if (members.length > 0 || bulk.source.optional === true) return;
  throw new LatchkeyError(
    'LK-EMPTY',
    'the reference brings no member that can be delivered',
    'Look whether the secret or path is the right one and what its members are called; optional=true allows none.',
  );
}

/**
 * The members of a JSON secret or below a path, with the variable or file that each becomes. Throws LatchkeyError:
 * LK-EMPTY for none, LK-LIMIT for too many, LK-NOT-JSON, LK-PROPERTY, and what the store said.
 */
export function membersOf(documents: Documents, bulk: Bulk): Members {
  const found = selected(bulk, rawMembers(documents, bulk));
  checkNumber(found);
  const members: Member[] = [];
  const warnings: string[] = [];
  for (const member of found) {
    const slot = memberSlot(bulk, member.key);
    const reason = reasonToSkip(bulk, member, slot);
    if (reason === undefined && member.bytes !== undefined) {
      const bytes = encodeValue(bulk.source, decodeValue(bulk.source, member.bytes));
      members.push({ key: member.key, slot, bytes });
    } else {
      warnings.push(
        `${bulk.place.label}: ${printable(bulk.source.text)}: member ${quoted(member.key)} is skipped: ${reason ?? ''}`,
      );
    }
  }
  checkNotEmpty(bulk, members);
  return { members, warnings };
}
