import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

import { LatchkeyError } from '../errors.ts';
import type { Credentials } from '../identity/identity.ts';
import { quoted } from '../quote.ts';

/** Connections and limits that all AWS clients of a process share. */
export interface AwsNetwork {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
  /** Instead of AWS: an emulator. Comes from the configuration, never from what the SDK would find by itself. */
  readonly endpoint?: string;
  readonly connectTimeoutMs: number;
  /** For one attempt; the caller's signal bounds all of them. */
  readonly attemptTimeoutMs: number;
  readonly attempts: number;
}

export interface AwsNetworkOptions {
  readonly endpoint?: string;
  /** `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`. An agent of our own looks at no environment. */
  readonly proxy?: Readonly<Record<string, string>>;
  readonly connectTimeoutMs?: number;
  readonly attemptTimeoutMs?: number;
  readonly attempts?: number;
}

const KEEP_ALIVE_MS = 15_000;
const MAX_SOCKETS = 50;
/** Two attempts and their pause fit into the 3 s that a review has for AWS. */
const DEFAULTS = { connectTimeoutMs: 1000, attemptTimeoutMs: 2000, attempts: 2 } as const;

const REGION = /^[a-z]{2,}(-[a-z]+)+-\d{1,2}$/;

/** Keep-alive agents and time limits for the clients of one process. */
export function createAwsNetwork({ proxy, ...options }: AwsNetworkOptions = {}): AwsNetwork {
  const agent = {
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    maxSockets: MAX_SOCKETS,
    ...(proxy === undefined ? {} : { proxyEnv: proxy }),
  };
  return { ...DEFAULTS, ...options, httpAgent: new HttpAgent(agent), httpsAgent: new HttpsAgent(agent) };
}

/**
 * The configuration of an SDK client with every setting stated that the SDK would otherwise look for in the environment,
 * in `~/.aws` or at the instance metadata endpoint. Without credentials, the client can only send unsigned requests
 * (AssumeRoleWithWebIdentity).
 * @throws LatchkeyError LK-REGION when the region could not be part of a host name of AWS
 */
export function explicitConfig(
  network: AwsNetwork,
  region: string,
  credentials?: Credentials,
): ExplicitConfig {
  if (!REGION.test(region)) {
    throw new LatchkeyError(
      'LK-REGION',
      `${quoted(region)} is no AWS region`,
      'Write a region such as eu-west-1.',
    );
  }
  return {
    region,
    credentials: credentials === undefined ? refuseCredentials : staticCredentials(credentials),
    credentialDefaultProvider: () => refuseCredentials,
    ...(network.endpoint === undefined ? {} : { endpoint: network.endpoint }),
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    authSchemePreference: [],
    defaultsMode: 'standard',
    retryMode: 'standard',
    maxAttempts: network.attempts,
    userAgentAppId: 'latchkey',
    requestHandler: {
      httpAgent: network.httpAgent,
      httpsAgent: network.httpsAgent,
      connectionTimeout: network.connectTimeoutMs,
      requestTimeout: network.attemptTimeoutMs,
      socketTimeout: network.attemptTimeoutMs,
      throwOnRequestTimeout: true,
    },
  };
}

/** What every SDK client takes; see {@link explicitConfig}. */
export interface ExplicitConfig {
  region: string;
  credentials: StaticCredentials | (() => Promise<never>);
  credentialDefaultProvider: () => () => Promise<never>;
  endpoint?: string;
  ignoreConfiguredEndpointUrls: boolean;
  useFipsEndpoint: boolean;
  useDualstackEndpoint: boolean;
  authSchemePreference: string[];
  defaultsMode: 'standard';
  retryMode: string;
  maxAttempts: number;
  userAgentAppId: string;
  requestHandler: {
    httpAgent: HttpAgent;
    httpsAgent: HttpsAgent;
    connectionTimeout: number;
    requestTimeout: number;
    socketTimeout: number;
    throwOnRequestTimeout: boolean;
  };
}

interface StaticCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Without `expiration`: the session renews credentials, the SDK must not try to. */
function staticCredentials({ accessKeyId, secretAccessKey, sessionToken }: Credentials): StaticCredentials {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

/** Instead of the SDK's default chain, which ends at the node's role. */
async function refuseCredentials(): Promise<never> {
  throw new LatchkeyError('LK-NO-CREDENTIALS', 'there are no AWS credentials for this call');
}
