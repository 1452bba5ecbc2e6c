import { LatchkeyError } from '../errors.ts';
import { parseRoleArn } from '../request/arn.ts';
import { checkRegion, partitionOf } from '../request/regions.ts';

/** A role ARN's partition and account. The ARN has been checked before. */
export function splitRole(roleArn: string): { readonly partition: string; readonly account: string } {
  const { partition, account } = parseRoleArn(roleArn);
  return { partition, account };
}

/**
 * Checks that `text` is a role's ARN; `where` says who wrote it, for the message.
 * @throws LatchkeyError LK-SYNTAX
 */
export function checkRoleArn(text: string, where: string): void {
  try {
    parseRoleArn(text);
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    throw new LatchkeyError(error.code, `${where}: ${error.message}`, error.remedy);
  }
}

/**
 * A role is only known in its own partition: asking elsewhere would send a token to the wrong AWS.
 * @throws LatchkeyError LK-REGION
 */
export function checkSamePartition(roleArn: string, region: string): void {
  checkRegion(region);
  const ofRole = splitRole(roleArn).partition;
  const ofRegion = partitionOf(region);
  if (ofRole === ofRegion) return;
  throw new LatchkeyError(
    'LK-REGION',
    `region ${region} is in partition ${ofRegion}, but role ${roleArn} is in ${ofRole}`,
    'Ask in a region of the partition that the role belongs to.',
  );
}
