import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  newClusters,
  newContexts,
  newUsers,
  type Cluster,
  type Context,
  type User,
} from '@kubernetes/client-node/dist/config_types.js';
import { parse } from 'yaml';
import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { errorCode } from './error-code.ts';
import { record } from './json.ts';

/** A kubeconfig's current context, with absolute file names. */
export interface Kubeconfig {
  readonly file: string;
  readonly cluster: Cluster;
  readonly user: User;
  /** `tokenFile` or `token-file`: read by us each minute, where client-node would read it once. */
  readonly tokenFile?: string;
}

interface Parts {
  readonly file: string;
  readonly clusters: readonly Cluster[];
  readonly users: readonly (User & { readonly tokenFile?: string })[];
  readonly contexts: readonly Context[];
  readonly current?: string;
}

/**
 * Reads kubeconfig files as kubectl does with $KUBECONFIG: of things with one name, the first file's wins.
 * @throws LatchkeyError LK-CONFIG; never text of the file, which holds tokens and keys
 */
export function readKubeconfig(files: readonly string[]): Kubeconfig {
  const all = files.map(readParts);
  const names = files.map((file) => quoted(file)).join(', ');
  const current = all.find((parts) => parts.current !== undefined)?.current;
  if (current === undefined)
    throw wrong(names, 'has no current-context', 'Choose one: kubectl config use-context NAME.');

  const context = named(all, 'contexts', current);
  if (context === undefined)
    throw wrong(names, `has no context ${quoted(current)}`, 'Name one of its contexts.');
  const cluster = named(all, 'clusters', context.cluster);
  if (cluster === undefined)
    throw wrong(names, `has no cluster ${quoted(context.cluster)}`, 'Add the cluster to it.');
  const user = named(all, 'users', context.user);
  if (user === undefined) throw wrong(names, `has no user ${quoted(context.user)}`, 'Add the user to it.');
  checkSupported(names, cluster, user);
  return {
    file: names,
    cluster,
    user,
    ...(user.tokenFile === undefined ? {} : { tokenFile: user.tokenFile }),
  };
}

function named<K extends 'clusters' | 'users' | 'contexts'>(
  all: readonly Parts[],
  kind: K,
  name: string,
): Parts[K][number] | undefined {
  for (const parts of all) {
    const found = parts[kind].find((entry) => entry.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readParts(file: string): Parts {
  const text = readText(file);
  try {
    // The parser's warnings go to stderr, with the line that they are about.
    const raw = record(parse(text, { logLevel: 'error' }));
    const current = raw['current-context'];
    const directory = dirname(file);
    return {
      file,
      clusters: newClusters(raw['clusters']).map((c) => absolute(directory, c, ['caFile'])),
      users: readUsers(raw['users'], directory),
      contexts: newContexts(raw['contexts']),
      ...(typeof current === 'string' && current !== '' ? { current } : {}),
    };
  } catch {
    throw wrong(quoted(file), 'is no kubeconfig', 'Check it with: kubectl config view.');
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong(quoted(file), `cannot be read (${errorCode(error)})`, 'Name a readable kubeconfig file.');
  }
}

function readUsers(raw: unknown, directory: string): (User & { readonly tokenFile?: string })[] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((entry: { user?: Record<string, unknown> }) => {
    const { tokenFile: camel, 'token-file': dashed, ...rest } = entry.user ?? {};
    const tokenFile = camel ?? dashed;
    const users = newUsers([{ ...entry, user: rest }]).map((u) =>
      absolute(directory, u, ['certFile', 'keyFile']),
    );
    return users.map((user) =>
      typeof tokenFile === 'string' ? { ...user, tokenFile: resolve(directory, tokenFile) } : user,
    );
  });
}

/** kubectl reads file names in a kubeconfig relative to that file. */
function absolute<T extends object>(directory: string, entry: T, fields: readonly (keyof T)[]): T {
  const copy = { ...entry };
  for (const field of fields) {
    const name = copy[field];
    if (typeof name === 'string') Object.assign(copy, { [field]: resolve(directory, name) });
  }
  return copy;
}

function checkSupported(file: string, cluster: Cluster, user: User): void {
  if (!cluster.server.startsWith('https://') || !URL.canParse(cluster.server)) {
    throw wrong(file, `names a server that is no https:// URL`, 'Latchkey sends its token over TLS only.');
  }
  if (cluster.proxyUrl)
    throw wrong(file, 'asks for a proxy (proxy-url)', 'Use a context that reaches the API server directly.');
  if (user.authProvider) {
    throw wrong(
      file,
      'uses an auth-provider, which Kubernetes 1.26 removed',
      'Use the exec plugin of your provider.',
    );
  }
}

function wrong(file: string, what: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-CONFIG', `the kubeconfig ${file} ${what}`, remedy);
}
