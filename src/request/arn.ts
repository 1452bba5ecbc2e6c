import { type Arn, splitArn } from '../arn.ts';
import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { didYouMean } from '../nearest.ts';
import { checkRegion, PARTITIONS, partitionOf } from './regions.ts';

/** IAM bounds path and name; what names a role is a key of caches. */
const ROLE = /^role\/(?:[\x21-\x7e]{1,510}\/)?[\w+=,.@-]{1,64}$/;

function malformed(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-SYNTAX', message, remedy);
}

/** As AWS numbers accounts. */
const ACCOUNT = /^[0-9]{12}$/;
/** As people print them in the place of their own. */
const REPEATED = /^([0-9])\1{5,10}$/;
const COUNTED = '12345678901';

function checkPartition(arn: Arn): void {
  if (!PARTITIONS.includes(arn.partition)) {
    throw malformed(
      `the ARN's partition ${quoted(arn.partition)} is not known`,
      `Partitions are ${PARTITIONS.join(', ')}.${didYouMean(arn.partition, PARTITIONS)}`,
    );
  }
}

function checkAccount({ account }: Arn): void {
  if (ACCOUNT.test(account)) return;
  throw malformed("the ARN's account is not twelve digits", 'Copy the ARN from the AWS console or CLI.');
}

/** `11111111` or `123456789`: nobody types one by mistake. */
function isPlaceholder(account: string): boolean {
  return REPEATED.test(account) || (account.length > 5 && COUNTED.startsWith(account));
}

function split(text: string): Arn {
  const arn = splitArn(text);
  if (arn === undefined || arn.resource === '') {
    throw malformed('the ARN is not complete', 'An ARN reads arn:partition:service:region:account:resource.');
  }
  checkPartition(arn);
  return arn;
}

/** Splits an ARN and checks partition and account. Throws LK-SYNTAX. */
export function parseArn(text: string): Arn {
  const arn = split(text);
  checkAccount(arn);
  return arn;
}

/** As {@link parseArn}, for a service that is regional: the region must be one of the partition. Throws LK-REGION too. */
export function parseRegionalArn(text: string): Arn {
  const arn = parseArn(text);
  checkRegion(arn.region);
  const partition = partitionOf(arn.region);
  if (partition !== arn.partition) {
    throw new LatchkeyError(
      'LK-REGION',
      `region ${arn.region} is in partition ${partition}, but the ARN says ${arn.partition}`,
      `Write arn:${partition}:… or a region of ${arn.partition}.`,
    );
  }
  return arn;
}

/**
 * A role's ARN, with or without a path. In the place of its account a placeholder is let through, as printed manifests
 * have them: STS itself says whether there is such a role, and {@link placeholderWarning} says it before. Throws LK-SYNTAX.
 */
export function parseRoleArn(text: string): Arn {
  const arn = split(text);
  if (!isPlaceholder(arn.account)) checkAccount(arn);
  if (arn.service !== 'iam' || arn.region !== '' || !ROLE.test(arn.resource)) {
    throw malformed(
      `${quoted(text)} is not the ARN of an IAM role`,
      "A role's ARN reads arn:aws:iam::111122223333:role/NAME.",
    );
  }
  return arn;
}

/** What to say of a role whose account is a placeholder; undefined for every other. */
export function placeholderWarning({ account }: Arn): string | undefined {
  if (ACCOUNT.test(account)) return undefined;
  return `the role's account is a placeholder of ${String(account.length)} digits; accounts of AWS have twelve`;
}
