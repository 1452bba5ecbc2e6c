// Region text from users becomes a host name, so nothing but a region's own shape gets through.

import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';

const REGION = /^[a-z]{2,5}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}$/;

/** What a partition's region names begin with; every other region belongs to `aws`. */
const PARTITION_PREFIXES: ReadonlyMap<string, string> = new Map([
  ['aws-cn', 'cn-'],
  ['aws-us-gov', 'us-gov-'],
  ['aws-iso', 'us-iso-'],
  ['aws-iso-b', 'us-isob-'],
  ['aws-iso-e', 'eu-isoe-'],
  ['aws-iso-f', 'us-isof-'],
  ['aws-eusc', 'eusc-'],
]);

/** Every AWS partition. */
export const PARTITIONS: readonly string[] = ['aws', ...PARTITION_PREFIXES.keys()];

/** Whether `text` has the shape of a region's name, in any partition. */
export function isRegion(text: string): boolean {
  return REGION.test(text);
}

/** The partition that a region belongs to. */
export function partitionOf(region: string): string {
  for (const [partition, prefix] of PARTITION_PREFIXES) if (region.startsWith(prefix)) return partition;
  return 'aws';
}

/** Throws LK-REGION unless `text` is a region's name. */
export function checkRegion(text: string): void {
  if (isRegion(text)) return;
  throw new LatchkeyError(
    'LK-REGION',
    `${quoted(text)} is not a region's name`,
    'Write it as AWS does, such as eu-central-1 or us-gov-west-1.',
  );
}
