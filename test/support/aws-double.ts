// An AWS of our own, in process, for what an emulator cannot be told: call counts, roles that may read only some
// names, tokens whose signature is verified, throttling, latency, dead endpoints, connections that close mid-answer.
// It speaks the real protocols, so the real SDK clients talk to it. Regions are told apart by the request's signature;
// for the unsigned AssumeRoleWithWebIdentity, by the first path segment of the endpoint (`${url}/eu-west-1`), if any.

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { createAccess } from './aws-double-access.ts';
import type { AwsCredentials, AwsSession, RoleSpec } from './aws-double-access.ts';
import { AwsAnswerError } from './aws-double-answer.ts';
import { createFaults } from './aws-double-faults.ts';
import type { Fault, FaultMatch } from './aws-double-faults.ts';
import { createSecretsDouble } from './aws-double-secrets.ts';
import type { SecretsDouble } from './aws-double-secrets.ts';
import { createSsmDouble } from './aws-double-ssm.ts';
import type { SsmDouble } from './aws-double-ssm.ts';
import { createStsDouble } from './aws-double-sts.ts';
import type { OidcProvider } from './aws-double-sts.ts';
import { readAwsRequest, type AwsCall, type AwsRequest } from './aws-request.ts';

export type { Fault, FaultMatch } from './aws-double-faults.ts';
export type { Grant, RoleSpec, Trust } from './aws-double-access.ts';
export type { OidcProvider } from './aws-double-sts.ts';
export type { AwsCall } from './aws-request.ts';

export interface AwsDouble {
  /** The endpoint for every service and region. */
  readonly url: string;
  readonly account: string;
  readonly ssm: Pick<SsmDouble, 'put' | 'delete'>;
  readonly secrets: Pick<SecretsDouble, 'put' | 'scheduleDeletion'>;
  readonly calls: readonly AwsCall[];
  /** How often an action was called; all calls without one. */
  count(action?: string): number;
  forgetCalls(): void;
  /** Creates or replaces a role. */
  role(arn: string, spec: RoleSpec): void;
  /** Credentials of a role without going through STS. */
  credentials(roleArn: string, sessionName?: string): AwsCredentials;
  /** Long-lived keys of an IAM user that may do what a role may. */
  userKeys(roleArn: string): Pick<AwsCredentials, 'accessKeyId' | 'secretAccessKey'>;
  /** Every session opened so far is answered with ExpiredTokenException from now on. */
  expireSessions(): void;
  setOidc(oidc: OidcProvider | undefined): void;
  /** Returns the function that lifts the fault. The latest fault that matches wins. */
  fault(match: FaultMatch, fault: Fault): () => void;
  close(): Promise<void>;
}

export interface AwsDoubleOptions {
  readonly oidc?: OidcProvider;
  readonly account?: string;
  readonly port?: number;
}

interface Request extends AwsRequest {
  readonly session: AwsSession | undefined;
}

/** Starts the double on loopback. Close it in the test's teardown. */
export async function startAwsDouble(options: AwsDoubleOptions = {}): Promise<AwsDouble> {
  const account = options.account ?? '111122223333';
  const access = createAccess();
  const faults = createFaults();
  const ssm = createSsmDouble(account);
  const secrets = createSecretsDouble(account);
  const calls: AwsCall[] = [];
  const userKeys = new Set<string>();
  let oidc = options.oidc;
  const sts = createStsDouble(access, () => oidc);

  async function answer(request: Request): Promise<string> {
    const [service, action] = split(request.call.action, ':');
    if (request.accessKeyId !== undefined) checkSession(request);
    if (service === 'sts') {
      const result = await sts.answer(action, request.form, request.session);
      return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>request-id-of-sts</RequestId></ResponseMetadata></${action}Response>`;
    }
    const session = request.session;
    if (session === undefined)
      throw new AwsAnswerError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    const target = service === 'ssm' ? ssm : secrets;
    const body = target.answer(action, request.json, request.call.region, (resource) => {
      if (access.allows(session, request.call.action, resource)) return;
      throw new AwsAnswerError(
        'AccessDeniedException',
        `User: ${session.roleArn}/${session.sessionName} is not authorized to perform: ${request.call.action} on resource: ${resource.arn} because no identity-based policy allows the action (Request ID: request-id-of-aws)`,
      );
    });
    return JSON.stringify(body);
  }

  function checkSession({ session, call }: Request): void {
    const sts = call.action.startsWith('sts:');
    if (session === undefined) {
      throw new AwsAnswerError(
        sts ? 'InvalidClientTokenId' : 'UnrecognizedClientException',
        'The security token included in the request is invalid.',
        sts ? 403 : 400,
      );
    }
    if (access.expired(session)) {
      throw new AwsAnswerError(
        sts ? 'ExpiredToken' : 'ExpiredTokenException',
        'The security token included in the request is expired',
        sts ? 403 : 400,
      );
    }
  }

  function identified(request: AwsRequest): Request {
    const { accessKeyId = '', sessionToken } = request;
    const found = access.session(accessKeyId);
    const expected = userKeys.has(accessKeyId) ? undefined : found?.credentials.sessionToken;
    const session = expected === sessionToken ? found : undefined;
    if (session === undefined) return { ...request, session };
    const { roleArn, sessionName } = session;
    return { ...request, session, call: { ...request.call, roleArn, sessionName } };
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = identified(readAwsRequest(incoming, await text(incoming)));
    calls.push(request.call);
    const fault = faults.take(request.call);
    if (fault !== undefined && (await breakConnection(fault, response))) return;
    const { status, body } = await settle(request, fault, answer);
    response.statusCode = status;
    response.setHeader(
      'content-type',
      request.protocol === 'xml' ? 'text/xml' : 'application/x-amz-json-1.1',
    );
    response.setHeader('x-amzn-requestid', 'request-id-of-aws');
    if (fault?.kind === 'close-mid-answer') {
      response.setHeader('content-length', Buffer.byteLength(body) + 1);
      response.write(body.slice(0, -2), () => response.destroy());
      return;
    }
    response.end(body);
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    account,
    ssm,
    secrets,
    calls,
    count: (action) =>
      action === undefined ? calls.length : calls.filter((call) => call.action === action).length,
    forgetCalls: () => void calls.splice(0),
    role: (arn, spec) => access.role(arn, spec),
    credentials: (roleArn, sessionName = 'test') => access.open({ roleArn, sessionName }, 900).credentials,
    userKeys(roleArn) {
      const { accessKeyId, secretAccessKey } = access.open(
        { roleArn, sessionName: 'user' },
        86_400,
      ).credentials;
      userKeys.add(accessKeyId);
      return { accessKeyId, secretAccessKey };
    },
    expireSessions: () => access.expireAll(),
    setOidc: (next) => {
      oidc = next;
    },
    fault: (match, fault) => faults.add(match, fault),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Faults below HTTP. True when the request is done with. */
async function breakConnection(fault: Fault, response: ServerResponse): Promise<boolean> {
  if (fault.kind === 'hang') return true;
  if (fault.kind === 'close') {
    response.destroy();
    return true;
  }
  if (fault.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms));
  return false;
}

async function settle(
  request: Request,
  fault: Fault | undefined,
  answer: (request: Request) => Promise<string>,
): Promise<{ readonly status: number; readonly body: string }> {
  try {
    if (fault?.kind === 'nonsense') return { status: 200, body: fault.text };
    if (fault !== undefined) raise(fault, request.protocol);
    return { status: 200, body: await answer(request) };
  } catch (error) {
    const failure =
      error instanceof AwsAnswerError
        ? error
        : new AwsAnswerError('InternalFailure', 'the double failed', 500);
    return { status: failure.status, body: errorBody(failure, request.protocol) };
  }
}

function raise(fault: Fault, protocol: 'json' | 'xml'): void {
  if (fault.kind === 'throttle') {
    throw new AwsAnswerError(protocol === 'xml' ? 'Throttling' : 'ThrottlingException', 'Rate exceeded');
  }
  if (fault.kind === 'server-error')
    throw new AwsAnswerError('InternalServerError', 'Something went wrong', 500);
  if (fault.kind === 'error') throw new AwsAnswerError(fault.code, fault.message ?? '', fault.status);
}

function errorBody(error: AwsAnswerError, protocol: 'json' | 'xml'): string {
  return protocol === 'xml'
    ? `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${error.code}</Code><Message>${error.message}</Message></Error><RequestId>request-id-of-sts</RequestId></ErrorResponse>`
    : JSON.stringify({ __type: error.code, message: error.message });
}

function split(text: string, separator: string): readonly [string, string] {
  const [before = '', after = ''] = text.split(separator);
  return [before, after];
}
