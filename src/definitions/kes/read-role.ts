import { parsePrintedRoleArn } from '../../request/arn.ts';
import { isRegion } from '../../request/regions.ts';
import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import type { Mapping } from './shape.ts';
import { placeOf, textAt } from './shape.ts';
import type { Written } from './spec.ts';

const AWS_DIGITS = 12;

/**
 * `roleArn`; an empty one is none, as in KES. An account that is shorter than AWS's is let through with a warning: STS
 * decides whether there is such a role, and printed manifests carry placeholders.
 */
export function readRole(spec: Mapping): Written | undefined {
  const value = textAt(spec, 'roleArn');
  if (value === undefined || value === '') return undefined;
  const place = placeOf(spec, 'roleArn');
  const arn = spec.findings.attempt(place, () => parsePrintedRoleArn(value));
  if (arn === undefined) return undefined;
  if (arn.account.length < AWS_DIGITS) {
    spec.findings.warn(
      place,
      () => `the account has ${arn.account.length} digits; accounts of AWS have ${AWS_DIGITS}`,
    );
  }
  return { value, place };
}

/** `region`; an empty one is none, as in KES. */
export function readRegion(spec: Mapping): Written | undefined {
  const value = textAt(spec, 'region');
  if (value === undefined || value === '') return undefined;
  const place = placeOf(spec, 'region');
  if (isRegion(value)) return { value, place };
  spec.findings.refuse(
    place,
    () =>
      new LatchkeyError(
        'LK-REGION',
        `${quoted(value)} is not a region's name`,
        'Write it as AWS does, such as eu-central-1 or us-gov-west-1.',
      ),
  );
  return undefined;
}
