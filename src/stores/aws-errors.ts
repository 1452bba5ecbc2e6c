import { LatchkeyError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';

// What an SDK error may tell us, and nothing else of it: its name, the HTTP status, the socket's error code. Its message,
// response and cause can hold parts of the body and never leave this file.

const THROTTLED = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'LimitExceededException',
  'PriorRequestNotComplete',
]);

const AWAY = new Set([
  'InternalServerError',
  'InternalServiceError',
  'InternalServiceErrorException',
  'InternalFailure',
  'InternalFailureException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'IDPCommunicationError',
]);

const TIMED_OUT = new Set(['TimeoutError', 'AbortError', 'RequestTimeout', 'RequestTimeoutException']);

const STALE_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestExpired',
  'AuthFailure',
]);

/** The name of an AWS or SDK error: letters only and bounded, or ''. */
export function errorName(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^[A-Za-z]{1,64}$/.test(name) ? name : '';
}

/** AWS says that the session's credentials are expired or unknown to it. New ones may help, once. */
export function hasStaleCredentials(error: unknown): boolean {
  return STALE_CREDENTIALS.has(errorName(error));
}

/**
 * Whether an AccessDenied is about the KMS key. Only the message tells: both services pass on what KMS says. Neither a
 * parameter's nor a secret's name can contain a colon or a space, so names cannot imitate these texts.
 */
export function isDeniedByKms(error: unknown): boolean {
  const message = error instanceof Error ? error.message : '';
  return /\bkms:[A-Z]|Access to KMS is not allowed|The ciphertext refers to/.test(message);
}

/** An AWS error whose text says that a secret is on its way out. */
export function isMarkedForDeletion(error: unknown): boolean {
  return error instanceof Error && /marked (for deletion|deleted)|scheduled for deletion/.test(error.message);
}

/**
 * An error that is about the way to AWS and not about what was asked: throttled, timed out, unreachable, server errors,
 * credentials that AWS does not take. `undefined` for a definite answer of the service.
 * Anything that is not an AWS answer at all (a body that does not parse, a closed connection) counts as unreachable.
 */
export function transportError(error: unknown, service: string, region: string): LatchkeyError | undefined {
  if (error instanceof LatchkeyError) return error;
  const name = errorName(error);
  const status = httpStatus(error);
  if (THROTTLED.has(name) || status === 429) return throttled(service, region);
  if (isTimeout(name, socketCode(error))) return timedOut(service, region);
  if (hasStaleCredentials(error)) return staleCredentials(service, region, name);
  if (status === undefined && isOurs(error)) return failedInside(service);
  return isServiceAnswer(status) && !AWAY.has(name) ? undefined : away(service, region);
}

/** The SDK calls a closed connection a TimeoutError too. */
function isTimeout(name: string, code: string): boolean {
  return code === 'ETIMEDOUT' || (TIMED_OUT.has(name) && code !== 'ECONNRESET' && code !== 'EPIPE');
}

function isServiceAnswer(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

/** Neither the SDK's retries (which add `$metadata`) nor a socket or TLS (which have a code) made this error. */
function isOurs(error: unknown): boolean {
  return socketCode(error) === '' && !(error instanceof Error && '$metadata' in error);
}

function throttled(service: string, region: string): LatchkeyError {
  return new LatchkeyError(
    'LK-THROTTLED',
    `${service} in ${region} throttles this account`,
    'Wait, or ask for a higher quota in this account and region.',
  );
}

function staleCredentials(service: string, region: string, name: string): LatchkeyError {
  return new LatchkeyError(
    'LK-DENIED',
    `${service} in ${region} does not accept the session's credentials (${name})`,
    "Check that the region is enabled in the account, and the clocks of the cluster's nodes.",
  );
}

function failedInside(service: string): LatchkeyError {
  return new LatchkeyError('LK-INTERNAL', `asking ${service} failed inside Latchkey`, 'Please report this.');
}

/** AWS gave no answer in the time there was. */
export function timedOut(service: string, region: string): LatchkeyError {
  return new LatchkeyError(
    'LK-TIMEOUT',
    `${service} in ${region} did not answer in time`,
    'Check the network path to AWS (NAT gateway, VPC endpoint, security groups, NetworkPolicy).',
  );
}

function away(service: string, region: string): LatchkeyError {
  return new LatchkeyError(
    'LK-AWS-AWAY',
    `${service} in ${region} cannot be reached or answers with server errors`,
    'Check the network path to AWS (NAT gateway, VPC endpoint, DNS, proxy) and the AWS health dashboard.',
  );
}

/** Whose permissions a message is about, and whose policy to change. */
export function actor(identity: Identity): { readonly who: string; readonly policy: string } {
  const role = identity.roleChain.at(-1);
  return role === undefined
    ? { who: 'the AWS identity in use', policy: "that identity's policy" }
    : { who: `role ${role}`, policy: "that role's policy" };
}

function httpStatus(error: unknown): number | undefined {
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function socketCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
