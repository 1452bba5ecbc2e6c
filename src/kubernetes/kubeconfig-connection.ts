import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js';
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { remembered, type Authorization, type Connection } from './connection.ts';
import { errorCode } from './error-code.ts';
import { record } from './json.ts';
import type { Kubeconfig } from './kubeconfig.ts';

const REREAD_MS = 60_000;

/** The connection that a kubeconfig's current context describes. */
export function kubeconfigConnection(config: Kubeconfig): Connection {
  const { cluster, user } = config;
  const files = remembered(() => readFiles(config), REREAD_MS);
  let exec = new ExecAuth();
  return {
    server: new URL(cluster.server),
    authorize: async () => {
      const read = await files.get();
      if (!user.exec) return read;
      const plugin = await runPlugin(exec, user);
      return { headers: { ...read.headers, ...plugin.headers }, tls: { ...read.tls, ...plugin.tls } };
    },
    renew: () => {
      files.drop();
      // A new one has an empty cache of tokens.
      exec = new ExecAuth();
    },
  };
}

async function readFiles(config: Kubeconfig): Promise<Authorization> {
  const { cluster, user, tokenFile } = config;
  try {
    const [ca, cert, key, token] = await Promise.all([
      fileOrBase64(cluster.caFile, cluster.caData),
      fileOrBase64(user.certFile, user.certData),
      fileOrBase64(user.keyFile, user.keyData),
      tokenFile === undefined ? user.token : readFile(tokenFile, 'utf8'),
    ]);
    return {
      headers: headers(user, token),
      tls: { ...tlsOf(cluster), ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    };
  } catch (error) {
    throw new LatchkeyError(
      'LK-KUBERNETES',
      `a file that the kubeconfig ${config.file} names cannot be read (${errorCode(error)})`,
      'Make its certificate, key and token files readable.',
    );
  }
}

function headers(user: User, token: string | undefined): Readonly<Record<string, string>> {
  const basic =
    user.username === undefined || user.username === null
      ? undefined
      : `${user.username}:${user.password ?? ''}`;
  return {
    ...(basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString('base64')}` }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token.trim()}` }),
    ...(user.impersonateUser ? { 'impersonate-user': user.impersonateUser } : {}),
  };
}

function tlsOf(cluster: Cluster): Authorization['tls'] {
  return {
    ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
    ...(cluster.skipTLSVerify ? { rejectUnauthorized: false as const } : {}),
  };
}

async function fileOrBase64(file: string | undefined, data: string | undefined): Promise<Buffer | undefined> {
  if (file) return await readFile(file);
  return data ? Buffer.from(data, 'base64') : undefined;
}

/** Runs the exec plugin, or takes what it said last. Its output, stderr included, goes nowhere: it can hold tokens. */
async function runPlugin(exec: ExecAuth, user: User): Promise<Authorization> {
  const options: RequestOptions & { headers: Record<string, string>; cert?: string; key?: string } = {
    headers: {},
  };
  try {
    await exec.applyAuthentication(user, options);
  } catch {
    const command = record(user.exec)['command'];
    throw new LatchkeyError(
      'LK-KUBERNETES',
      `the kubeconfig's exec plugin ${quoted(String(command))} failed`,
      'Run it by hand and see what it says.',
    );
  }
  const { headers, cert, key } = options;
  const authorization = headers['Authorization'];
  return {
    headers: authorization === undefined ? {} : { authorization },
    tls: { ...(cert && { cert }), ...(key && { key }) },
  };
}
