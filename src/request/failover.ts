import { LatchkeyError } from '../errors.ts';
import { addressKey } from './addresses.ts';
import type { Address, Plan } from './plan.ts';

/**
 * The same secret in another region. An ARN names its region, so that part moves too: a replica of a secret has the same
 * ARN but for the region, its random suffix included.
 */
export function inRegion(address: Address, region: string): Address {
  const arn = /^(arn:[^:]*:[^:]*):[^:]*:(.*)$/s.exec(address.name);
  const name = arn === null ? address.name : `${arn[1]}:${region}:${arn[2]}`;
  return { ...address, region, name };
}

/** What is asked instead of an address whose own region gives no definite answer. */
export type FailoverOf = (address: Address) => Address | undefined;

/** Each reference's own failover, else the same name in the plan's failover region; undefined where a plan has neither. */
export function failoversOf({
  items,
  failoverRegion: region,
}: Pick<Plan, 'items' | 'failoverRegion'>): FailoverOf | undefined {
  const sources = items.flatMap(({ template }) => template.filter((part) => typeof part !== 'string'));
  return failoversAmong(sources, region);
}

/** As {@link failoversOf}, for whatever is asked. */
export function failoversAmong(
  asked: readonly { readonly address: Address; readonly failover?: Address }[],
  region: string | undefined,
): FailoverOf | undefined {
  const own = new Map<string, Address>();
  for (const { address, failover } of asked)
    if (failover !== undefined) own.set(addressKey(address), failover);
  if (own.size === 0 && region === undefined) return undefined;
  return (address) => own.get(addressKey(address)) ?? sameNameIn(region, address);
}

function sameNameIn(region: string | undefined, address: Address): Address | undefined {
  return region === undefined || region === address.region ? undefined : inRegion(address, region);
}

/** The first region's failure, with a word on the second: what the second said is no answer about the first. */
export function withoutHelp(error: LatchkeyError, region: string): LatchkeyError {
  return new LatchkeyError(error.code, `${error.message}; ${region} could not answer either`, error.remedy);
}
