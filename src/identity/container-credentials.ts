import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { LatchkeyError } from '../errors.ts';
import { containerCredentialsError, notAnswering } from './container-credentials-errors.ts';
import type { Credentials } from './identity.ts';

/** What pod-identity-webhook sets for an EKS Pod Identity. */
export interface ContainerCredentials {
  /** AWS_CONTAINER_CREDENTIALS_FULL_URI */
  readonly uri: string;
  /** AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE */
  readonly tokenFile: string;
}

// The EKS Pod Identity agent of the node, and loopback; no other host is told the token.
const AGENTS = new Set(['169.254.170.23', '[fd00:ec2::23]', 'localhost', '[::1]']);
const LOOPBACK = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const TIMEOUT_MS = 2_000;
const MAX_BYTES = 64 * 1024;

/**
 * Asks the EKS Pod Identity agent for this container's credentials.
 * @throws LatchkeyError LK-NO-CREDENTIALS, LK-TRUST, LK-THROTTLED, LK-TIMEOUT, LK-AWS-AWAY
 */
export async function readContainerCredentials(
  source: ContainerCredentials,
  signal: AbortSignal,
): Promise<Credentials> {
  const url = checkedUrl(source.uri);
  const token = await readToken(source.tokenFile);
  const answer = await get(url, token, signal);
  if (answer.status !== 200) throw containerCredentialsError(answer);
  return credentialsOf(answer.body);
}

function checkedUrl(uri: string): URL {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const known = url !== undefined && (AGENTS.has(url.hostname) || LOOPBACK.test(url.hostname));
  if (url?.protocol === 'http:' && known && url.username === '' && url.password === '') return url;
  throw new LatchkeyError(
    'LK-NO-CREDENTIALS',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI names no EKS Pod Identity agent',
    'Leave it to pod-identity-webhook: http://169.254.170.23/v1/credentials or http://[fd00:ec2::23]/v1/credentials.',
  );
}

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  if (/^[\x21-\x7e]{1,16384}$/.test(token)) return token;
  throw new LatchkeyError(
    'LK-NO-CREDENTIALS',
    'the token that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names cannot be read',
    "Check that pod-identity-webhook mounted its token into Latchkey's init container, and that the pod's user may read it.",
  );
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Not fetch(): loading it costs an init container a tenth of a second. */
async function get(url: URL, authorization: string, signal: AbortSignal): Promise<Answer> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = httpRequest(
    url,
    { headers: { authorization, accept: 'application/json' }, signal: patience },
    (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) incoming.destroy(new Error('too long'));
        else chunks.push(chunk);
      });
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    },
  );
  outgoing.on('error', reject);
  outgoing.end();
  return await promise.catch((): never => {
    throw notAnswering(patience.aborted);
  });
}

/** The agent's JSON. Text of it never reaches an error: it holds the secret key. */
function credentialsOf(body: string): Credentials {
  const fields = parse(body);
  const text = (name: string): string => {
    const value: unknown = fields.get(name);
    if (typeof value === 'string' && value !== '') return value;
    throw notAnswering(false);
  };
  const expiration = new Date(text('Expiration'));
  if (Number.isNaN(expiration.getTime())) throw notAnswering(false);
  return {
    accessKeyId: text('AccessKeyId'),
    secretAccessKey: text('SecretAccessKey'),
    sessionToken: text('Token'),
    expiration,
  };
}

function parse(body: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  } catch {
    return new Map();
  }
}
