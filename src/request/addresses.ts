import { LatchkeyError } from '../errors.ts';
import type { Address, AwsStoreName, Find, Plan } from './plan.ts';

/** An address as one string, for Maps: a JSON tuple, so that no two addresses share one. */
export function addressKey(address: Address): string {
  return JSON.stringify([
    address.store,
    address.region,
    address.name,
    address.selector ?? null,
    address.version ?? null,
    address.stage ?? null,
    address.below ?? null,
    ...(address.find === undefined && address.payload === undefined
      ? []
      : [findKey(address.find), address.payload ?? null]),
  ]);
}

function findKey(find: Find | undefined): unknown {
  if (find === undefined) return null;
  const tags = Object.entries(find.tags ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [find.name ?? null, find.prefix ?? null, tags];
}

/** The store of AWS that is to be asked. Throws LK-INTERNAL for a sealed value: it is opened, and nobody is asked. */
export function awsStoreOf({ store }: Address): AwsStoreName {
  if (store !== 'sealed') return store;
  throw new LatchkeyError('LK-INTERNAL', 'a sealed value was looked for in AWS', 'Please report this.');
}

/** Every address that a plan asks for, each once, in the order of its items and then its bulks. */
export function addressesOf(plan: Pick<Plan, 'items' | 'bulks'>): readonly Address[] {
  const found = new Map<string, Address>();
  const add = (address: Address): void => {
    const key = addressKey(address);
    if (!found.has(key)) found.set(key, address);
  };
  for (const item of plan.items) {
    for (const part of item.template) if (typeof part !== 'string') add(part.address);
  }
  for (const bulk of plan.bulks) add(bulk.source.address);
  return [...found.values()];
}
