import { createHash } from 'node:crypto';
import { addressKey } from './addresses.ts';
import type { Bulk, InPlace, Item, Plan, Slot, Source } from './plan.ts';

const HASH_LENGTH = 16;

function sourceFacts(source: Source): unknown {
  return [
    addressKey(source.address),
    source.property ?? null,
    source.optional ?? false,
    source.default ?? null,
    source.decode ?? null,
    source.encode ?? null,
    // Only where there is one: a new entry in every plan would make every managed Secret anew.
    ...(source.jmesPath === undefined && source.failover === undefined
      ? []
      : [source.jmesPath ?? null, source.failover === undefined ? null : addressKey(source.failover)]),
  ];
}

function slotFacts(slot: Slot): unknown {
  if (slot.kind === 'env') return ['env', slot.name];
  if (slot.kind === 'file') return ['file', slot.path, slot.mode ?? null];
  return ['in-place', slot.container, slot.variable, slot.index];
}

function itemFacts(item: Item): unknown {
  return [
    slotFacts(item.slot),
    item.template.map((part) => (typeof part === 'string' ? part : sourceFacts(part))),
  ];
}

function bulkFacts(bulk: Bulk): unknown {
  return [bulk.kind, sourceFacts(bulk.source), bulk.prefix ?? null, bulk.case ?? null, bulk.keys ?? null];
}

function inPlaceFacts(inPlace: InPlace): unknown {
  return [inPlace.container, inPlace.variable, inPlace.pieces];
}

/**
 * What a plan delivers, as 16 hexadecimal digits: the same for a fresh pod and for one that went through us before.
 * Left out is what changes between the two rounds of admission without changing what is delivered: places (an index
 * moves when another webhook adds a variable), targets (a container that sets every member itself shows no trace of
 * ours), the spelling of references, and `preflight`.
 */
export function planHash(plan: Plan): string {
  const facts = [
    plan.delivery,
    plan.items.map(itemFacts),
    plan.bulks.map(bulkFacts),
    plan.inPlace.map(inPlaceFacts),
    plan.mountPath,
    plan.fileMode,
    plan.failoverRegion ?? null,
    plan.assumeRoleArn ?? null,
    plan.externalId ?? null,
    ...(plan.volumes === undefined
      ? []
      : [plan.volumes.map(({ volume, className }) => [volume, className]), plan.credentials ?? null]),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, HASH_LENGTH);
}
