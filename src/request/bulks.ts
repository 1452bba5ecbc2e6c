import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { BulkWish } from './annotations.ts';
import { checkMemberName, memberSlot } from './member-name.ts';
import type { Bulk, DeliveryName } from './plan.ts';
import { attempt } from './problems.ts';
import type { Reader } from './source.ts';
import { readSource } from './source.ts';

/** `memory` delivery writes the pod before anyone has read the secret: its variables' names must be in the annotation. */
function checkNamesKnown(bulk: Bulk, delivery: DeliveryName): void {
  if (delivery !== 'memory' || bulk.kind !== 'env' || bulk.keys !== undefined) return;
  throw new LatchkeyError(
    'LK-FEATURE',
    'with delivery memory the names of the variables must be known when the pod is admitted',
    'Add keys=a,b to the reference, use latchkey.dev/files-from, or choose delivery secret.',
  );
}

/** A key that is named must give a name that can be delivered, and no two the same. */
function checkKeys(bulk: Bulk): void {
  const seen = new Map<string, string>();
  for (const key of bulk.keys ?? []) {
    const slot = memberSlot(bulk, key);
    checkMemberName(slot);
    const name = slot.kind === 'env' ? slot.name : slot.path;
    const other = seen.get(name);
    if (other !== undefined) {
      throw new LatchkeyError(
        'LK-CONFLICT',
        `keys ${quoted(other)} and ${quoted(key)} both become ${quoted(name)}`,
        'Leave one out of keys=, or ask for it by a name of its own.',
      );
    }
    seen.set(name, key);
  }
}

function checkPrefix(bulk: Bulk): void {
  if (bulk.prefix === undefined) return;
  // Any member will do: it is the prefix that must be able to begin a name.
  checkMemberName(memberSlot(bulk, 'x'));
}

function checked(bulk: Bulk, delivery: DeliveryName): Bulk {
  checkPrefix(bulk);
  checkKeys(bulk);
  checkNamesKnown(bulk, delivery);
  return bulk;
}

/** Reads `env-from` and `files-from`; everything that is wrong is reported. */
export function readBulks(
  reader: Reader,
  wishes: readonly BulkWish[],
  delivery: DeliveryName,
): readonly Bulk[] {
  return wishes.flatMap(({ kind, reference: text, place }): readonly Bulk[] => {
    const read = readSource(reader, text, place, 'members');
    if (read === undefined) return [];
    const { reference, source } = read;
    const bulk: Bulk = {
      kind,
      source,
      ...(reference.prefix !== undefined && { prefix: reference.prefix }),
      ...(reference.case !== undefined && { case: reference.case }),
      ...(reference.keys !== undefined && { keys: reference.keys }),
      place,
    };
    const good = attempt(reader.problems, place, () => checked(bulk, delivery), text);
    return good === undefined ? [] : [good];
  });
}
