import { parseRoleArn, placeholderWarning } from '../../request/arn.ts';
import { isRegion } from '../../request/regions.ts';
import { LatchkeyError } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import type { Mapping } from './shape.ts';
import { placeOf, textAt } from './shape.ts';
import type { Written } from './spec.ts';

/** `roleArn`; an empty one is none, as in KES. */
export function readRole(spec: Mapping): Written | undefined {
  const value = textAt(spec, 'roleArn');
  if (value === undefined || value === '') return undefined;
  const place = placeOf(spec, 'roleArn');
  const arn = spec.findings.attempt(place, () => parseRoleArn(value));
  if (arn === undefined) return undefined;
  const warning = placeholderWarning(arn);
  if (warning !== undefined) spec.findings.warn(place, () => warning);
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
