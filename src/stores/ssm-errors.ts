import { LatchkeyError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Address } from '../request/plan.ts';
import { quoted } from '../quote.ts';
import { actor, errorName, isDeniedByKms, transportError } from './aws-errors.ts';

type Kind = 'not-found' | 'denied' | 'kms' | 'invalid';

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['ParameterNotFound', 'not-found'],
  ['ParameterVersionNotFound', 'not-found'],
  ['AccessDeniedException', 'denied'],
  ['AccessDenied', 'denied'],
  // ListTagsForResource says so of a parameter that is not there.
  ['InvalidResourceId', 'not-found'],
  ['InvalidKeyId', 'kms'],
  ['KMSInvalidStateException', 'kms'],
  ['KMSAccessDeniedException', 'kms'],
  ['KMSDisabledException', 'kms'],
  ['KMSNotFoundException', 'kms'],
  ['ValidationException', 'invalid'],
]);

/** What a definite refusal is about; `undefined` when AWS gave no definite answer. */
export function refusalKind(error: unknown): Kind | undefined {
  const kind = KINDS.get(errorName(error));
  return kind === 'denied' && isDeniedByKms(error) ? 'kms' : kind;
}

/** The error of one address, from what the SDK or the session threw. `action` is the permission that the call needs. */
export function ssmError(
  error: unknown,
  address: Address,
  identity: Identity,
  action: string,
): LatchkeyError {
  const kind = refusalKind(error);
  if (kind === undefined) {
    return transportError(error, 'SSM', address.region) ?? invalidParameter(address, errorName(error));
  }
  const { who, policy } = actor(identity);
  switch (kind) {
    case 'not-found':
      return parameterNotFound(address);
    case 'denied':
      return new LatchkeyError(
        'LK-DENIED',
        `access denied for ${who}`,
        `Allow ${action} on ${subjectOf(address)} in ${policy}.`,
      );
    case 'kms':
      return new LatchkeyError(
        'LK-KMS',
        `the KMS key of the parameter cannot be used by ${who}`,
        `Allow kms:Decrypt on the key in ${policy} and in the key's policy, and check that the key is enabled.`,
      );
    default:
      return invalidParameter(address, '');
  }
}

function subjectOf({ below, find }: Address): string {
  if (find !== undefined) return 'what this search looks at (and kms:Decrypt on the keys of what it finds)';
  return below === undefined
    ? 'this parameter (and kms:Decrypt on its key)'
    : 'this path (and kms:Decrypt on the keys below it)';
}

/** SSM tells a missing version or label from a missing parameter only for GetParameter; one text fits both. */
export function parameterNotFound({ region, selector }: Address): LatchkeyError {
  return new LatchkeyError(
    'LK-NOT-FOUND',
    selector === undefined
      ? `the parameter does not exist in ${region}`
      : `the parameter, or its version or label ${quoted(selector)}, does not exist in ${region}`,
    'Create it, or correct the name and the region.',
  );
}

function invalidParameter({ region }: Address, name: string): LatchkeyError {
  return new LatchkeyError(
    'LK-INVALID',
    `SSM in ${region} calls the request invalid${name === '' ? '' : ` (${name})`}`,
    'Check the spelling of the parameter: letters, digits and . - _ between slashes.',
  );
}
