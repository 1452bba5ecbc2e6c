import { LatchkeyError } from '../errors.ts';
import type { Address } from '../request/plan.ts';

/**
 * The same secret in another region. An ARN names its region, so that part moves too: a replica of a secret has the same
 * ARN but for the region, its random suffix included.
 */
export function inRegion(address: Address, region: string): Address {
  const arn = /^(arn:[^:]*:[^:]*):[^:]*:(.*)$/s.exec(address.name);
  const name = arn === null ? address.name : `${arn[1]}:${region}:${arn[2]}`;
  return { ...address, region, name };
}

/** The first region's failure, with a word on the second: what the second said is no answer about the first. */
export function withoutHelp(error: LatchkeyError, region: string): LatchkeyError {
  return new LatchkeyError(error.code, `${error.message}; ${region} could not answer either`, error.remedy);
}
