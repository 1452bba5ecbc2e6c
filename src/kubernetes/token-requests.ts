import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { SecretValue } from '../secret-value.ts';
import { apiPath, checkName, checkNamespace } from './api-path.ts';
import { record } from './json.ts';
import type { ForbiddenTokenOutcome } from './kubernetes.ts';
import { deniedByRbac, refusal, refusedByAdmission, statusOf, type Asked } from './refusal.ts';
import type { ApiAnswer, Transport } from './transport.ts';

/** For whom, and for which audience. */
export interface TokenSubject {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string;
}

/** The shortest that the API server gives. */
const TOKEN_SECONDS = 600;

/** {@link Kubernetes.requestToken}: one POST. Nothing is stored, so sending it twice does no more. */
export async function requestToken(
  send: Transport,
  subject: TokenSubject,
  signal?: AbortSignal,
): Promise<SecretValue> {
  const answer = await post(send, subject, signal);
  if (answer.status !== 201) throw refused(answer, subject);
  const { token } = record(record(answer.body)['status']);
  if (typeof token === 'string' && token !== '') return new SecretValue(token);
  throw refusal({ status: 200, body: undefined }, askedFor(subject));
}

/** {@link OwnTokens.requestForbiddenToken}: the same POST, whose answer is looked at only for how it was refused. */
export async function requestForbiddenToken(
  send: Transport,
  subject: TokenSubject,
  signal?: AbortSignal,
): Promise<ForbiddenTokenOutcome> {
  const answer = await post(send, subject, signal);
  // Whatever it holds is dropped here, unread.
  if (answer.status >= 200 && answer.status < 300) return 'granted';
  const { message } = statusOf(answer.body);
  if (refusedByAdmission(message)) return 'refused';
  if (answer.status === 403 && deniedByRbac(message)) return 'no-right';
  throw refused(answer, subject);
}

async function post(send: Transport, subject: TokenSubject, signal?: AbortSignal): Promise<ApiAnswer> {
  const { namespace, serviceAccount, audience } = subject;
  checkNamespace(namespace);
  checkName('service account', serviceAccount);
  const path = apiPath(['api', 'v1', 'namespaces', namespace, 'serviceaccounts', serviceAccount, 'token']);
  const spec = { audiences: [audience], expirationSeconds: TOKEN_SECONDS };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  return await send({ method: 'POST', path, body, repeatable: true, signal });
}

function refused(answer: ApiAnswer, subject: TokenSubject): LatchkeyError {
  if (answer.status !== 404) return refusal(answer, askedFor(subject));
  const { namespace, serviceAccount } = subject;
  return new LatchkeyError(
    'LK-NO-SERVICE-ACCOUNT',
    `service account ${quoted(serviceAccount)} does not exist in namespace ${quoted(namespace)}`,
    'Create it, or correct serviceAccountName.',
  );
}

function askedFor({ namespace }: TokenSubject): Asked {
  return { verb: 'create', resource: 'serviceaccounts/token', namespace };
}
