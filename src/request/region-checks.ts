import { LatchkeyError } from '../errors.ts';
import { PREFIX } from '../names.ts';
import { printable } from '../quote.ts';
import { parseRoleArn } from './arn.ts';
import { placedSources } from './placed-sources.ts';
import type { Plan } from './plan.ts';
import type { Problems } from './problems.ts';
import { annotationPlace, problemAt } from './problems.ts';
import { partitionOf } from './regions.ts';
import type { Settings } from './settings.ts';

function noRegion(count: number): LatchkeyError {
  return new LatchkeyError(
    'LK-REGION',
    `no region is named for ${count === 1 ? 'one reference' : `${count} references`}`,
    `Name one with the option ?region=, the pod's annotation ${PREFIX}region, the namespace's annotation ${PREFIX}region, or the operator's flag --region.`,
  );
}

function failoverError(region: string, failover: string): LatchkeyError | undefined {
  if (region === failover) {
    return new LatchkeyError(
      'LK-REGION',
      `the reference is read in ${region}, which is the failover region`,
      'A failover region is another one: change it, or give the reference its own ?region=.',
    );
  }
  if (partitionOf(region) === partitionOf(failover)) return undefined;
  return new LatchkeyError(
    'LK-REGION',
    `failover region ${failover} is not in the partition of ${region}`,
    'A role is good in one partition only: name a failover region of the same one.',
  );
}

function roleError(region: string, roleArn: string | undefined): LatchkeyError | undefined {
  const partition = roleArn === undefined ? undefined : parseRoleArn(roleArn).partition;
  if (partition === undefined || partition === partitionOf(region)) return undefined;
  return new LatchkeyError(
    'LK-REGION',
    `the role in ${PREFIX}assume-role-arn is in partition ${partition}, but the reference is read in ${region}`,
    `Name a role of partition ${partitionOf(region)}.`,
  );
}

/** Reports references without a region, and regions, failover region and role that do not go together. */
export function checkRegions(plan: Plan, settings: Settings, problems: Problems): void {
  const sources = placedSources(plan).filter(({ source }) => source.address.store !== 'sealed');
  const missing = sources.filter(({ source }) => source.address.region === '');
  // A region that is written wrongly has been reported: then nothing is missing.
  if (missing.length > 0 && !settings.regionIsWrong) {
    problems.push(problemAt(annotationPlace('region'), noRegion(missing.length)));
  }
  for (const { source, place } of sources) {
    const { region } = source.address;
    if (region === '') continue;
    const { failoverRegion: failover, assumeRoleArn: role } = plan;
    const error =
      (failover === undefined ? undefined : failoverError(region, failover)) ?? roleError(region, role);
    if (error !== undefined) problems.push(problemAt(place, error, printable(source.text)));
  }
}
