import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { answerAdministrator, answerServe } from './kubernetes-double-adoption.ts';
import { answerController } from './kubernetes-double-controller.ts';
import { createCustomResources, type CustomResources } from './kubernetes-double-custom.ts';
import { createFaults, type Fault } from './kubernetes-double-faults.ts';
import {
  createObjects,
  type Objects,
  type ObjectSeed,
  type StoredObject,
} from './kubernetes-double-objects.ts';
import { status, type Answer, type Request, type World } from './kubernetes-double-routes.ts';
import { createTokenIssuer, type TokenIssuer } from './kubernetes-double-tokens.ts';

export { deniedByPolicy, forbidden, status } from './kubernetes-double-routes.ts';
export type { Fault } from './kubernetes-double-faults.ts';
export type { ObjectSeed, StoredObject } from './kubernetes-double-objects.ts';

export interface NodeSeed {
  readonly kubeletVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly operatingSystem?: string;
  readonly ready?: boolean;
  readonly cordoned?: boolean;
}

export type OwnerKind = 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'ReplicationController';

/** An API server in memory, over TLS, that validates what a real one does. */
export interface KubernetesDouble {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** The server's certificate (its own authority), PEM. */
  readonly ca: string;
  /** A kubeconfig file with a bearer token. */
  readonly kubeconfig: string;
  /** The bearer token in {@link kubeconfig}; anything else is 401. It must appear in no output. */
  readonly token: string;
  /** The same for the identity of `latchkey controller`, which has other rights. */
  readonly controllerKubeconfig: string;
  /** The same for somebody who runs commands, and may do what they ask. */
  readonly adminKubeconfig: string;
  /** The cluster's OIDC provider: what IAM is told of it. */
  readonly issuer: string;
  readonly jwks: TokenIssuer['jwks'];
  /** As `startAwsDouble({ oidc: double.oidc })` takes it. */
  readonly oidc: { readonly issuer: string; readonly jwks: () => TokenIssuer['jwks'] };
  /** Signs tokens as the API server does, also such as no TokenRequest gives (expired ones, for instance). */
  readonly tokens: TokenIssuer;

  addNamespace(name: string, seed?: ObjectSeed): StoredObject;
  /** Makes the namespace, too, where it is missing. */
  addServiceAccount(namespace: string, name: string, seed?: ObjectSeed): StoredObject;
  addOwner(kind: OwnerKind, namespace: string, name: string, seed?: ObjectSeed): StoredObject;
  /** `pod` is raw JSON with `metadata.name`. */
  addPod(namespace: string, pod: Readonly<Record<string, unknown>>): StoredObject;
  addNode(name: string, seed?: NodeSeed): StoredObject;
  /** Any object, as it is in etcd; for what has no method of its own. */
  put: Objects['put'];
  get: Objects['get'];
  /**
   * Does something once, just before the next request whose `VERB /path` contains this text or fits this pattern is
   * answered: what another client does at that moment.
   */
  before(match: string | RegExp, action: () => void): void;
  remove(kind: string, namespace: string | undefined, name: string): boolean;
  /** Custom resources: which are served, and what is there. */
  readonly custom: CustomResources;
  /** As `kubectl get -o json`: `secrets('shop')`. Data is base64. */
  secrets(namespace?: string): readonly StoredObject[];
  events(namespace?: string): readonly StoredObject[];

  setVersion(version: Readonly<Record<string, string>>): void;
  /** A ResourceQuota: so many Secrets in the namespace. */
  setSecretQuota(namespace: string, secrets: number): void;
  setTerminating(namespace: string): void;
  /** A ValidatingAdmissionPolicy on TokenRequests; without audiences there is none. */
  setAllowedAudiences(audiences?: readonly string[]): void;

  /** `VERB /path` of every request so far, in order, without queries. */
  readonly requests: readonly string[];
  /** Requests whose `VERB /path` contains this text or fits this pattern. */
  calls(match: string | RegExp): number;
  resetCalls(): void;
  /** See {@link Fault}; `match` is matched against `VERB /path`. */
  fault(match: string | RegExp, fault: Fault, times?: number): void;
  clearFaults(): void;
  /** Stops listening and closes all connections: a dead API server. {@link close} is still due. */
  down(): Promise<void>;
  close(): Promise<void>;
}

export interface KubernetesDoubleOptions {
  readonly issuer?: string;
  /** `vMAJOR.MINOR.PATCH`; default v1.35.2. */
  readonly version?: string;
  /** Gives `serve` the rights that --adoption needs. */
  readonly adoption?: boolean;
  /** Custom resources that there are from the start: versions by group. */
  readonly served?: Readonly<Record<string, readonly string[]>>;
  /** Its clock, ms since the epoch; default: the machine's. */
  readonly now?: () => number;
  /** Whose token is in the kubeconfig; default: nobody's that the token says. */
  readonly account?: { readonly namespace: string; readonly name: string };
}

/** @example const kubernetes = await startKubernetesDouble(); t.teardown(() => kubernetes.close()); */
export async function startKubernetesDouble(
  options: KubernetesDoubleOptions = {},
): Promise<KubernetesDouble> {
  const tokens = createTokenIssuer(
    options.issuer ?? 'https://oidc.eks.ap-northeast-1.amazonaws.com/id/LATCHKEYDOUBLE',
  );
  const stored = createObjects(options.now);
  const custom = createCustomResources(stored);
  for (const [group, versions] of Object.entries(options.served ?? {})) custom.serve(group, ...versions);
  const world: World = {
    objects: stored,
    custom,
    adoption: options.adoption === true,
    tokens,
    version: versionInfo(options.version ?? 'v1.35.2'),
    secretQuotas: new Map(),
    terminating: new Set(),
    allowedAudiences: undefined,
  };
  const { objects } = world;
  const faults = createFaults();
  const requests: string[] = [];
  const token = options.account === undefined ? randomToken() : ownToken(tokens, options.account);
  const controllerToken = randomToken();
  const adminToken = randomBytes(24).toString('base64url');
  const actions: { readonly match: string | RegExp; readonly action: () => void }[] = [];
  const runActions = (line: string): void => {
    const index = actions.findIndex(({ match }) =>
      typeof match === 'string' ? line.includes(match) : match.test(line),
    );
    if (index >= 0) actions.splice(index, 1)[0]?.action();
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const isController = incoming.headers.authorization === `Bearer ${controllerToken}`;
    const request = await readRequest(incoming);
    if (options.now !== undefined) outgoing.setHeader('date', new Date(options.now()).toUTCString());
    requests.push(`${request.method} ${request.path}`);
    const fault = faults.take(request);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') {
      incoming.socket.destroy();
      return;
    }
    if (fault?.kind === 'slow') await sleep(fault.ms);
    runActions(`${request.method} ${request.path}`);
    const isAdmin = incoming.headers.authorization === `Bearer ${adminToken}`;
    const known = isController || isAdmin || incoming.headers.authorization === `Bearer ${token}`;
    const serveOrAdmin = isAdmin ? answerAdministrator : answerServe;
    const allowed = isController ? answerController : serveOrAdmin;
    if (known && world.adoption && fault === undefined && custom.watch(request, outgoing)) return;
    const usual = known ? allowed(world, request) : status(401, 'Unauthorized', 'Unauthorized');
    send(outgoing, fault?.kind === 'answer' ? fault : usual, fault?.kind === 'cut');
  };

  const tls = await certificate();
  const server = createServer({ key: tls.key, cert: tls.cert }, (incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = await mkdtemp(join(tmpdir(), 'kubernetes-double-'));
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText({ url, ca: tls.cert, token }), { mode: 0o600 });
  const controllerKubeconfig = join(directory, 'controller-kubeconfig');
  const controllerText = kubeconfigText({ url, ca: tls.cert, token: controllerToken });
  await writeFile(controllerKubeconfig, controllerText, { mode: 0o600 });
  const adminKubeconfig = join(directory, 'admin-kubeconfig');
  const adminText = kubeconfigText({ url, ca: tls.cert, token: adminToken });
  await writeFile(adminKubeconfig, adminText, { mode: 0o600 });

  const addNamespace = (name: string, seed?: ObjectSeed): StoredObject =>
    objects.put('v1', 'Namespace', { name }, seed);
  const needNamespace = (name: string): void => {
    if (objects.get('Namespace', undefined, name) === undefined) addNamespace(name);
  };
  const down = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    url,
    ca: tls.cert,
    kubeconfig,
    controllerKubeconfig,
    adminKubeconfig,
    token,
    issuer: tokens.issuer,
    jwks: tokens.jwks,
    oidc: { issuer: tokens.issuer, jwks: () => tokens.jwks },
    tokens,
    addNamespace,
    addServiceAccount: (namespace, name, seed) => {
      needNamespace(namespace);
      return objects.put('v1', 'ServiceAccount', { namespace, name }, seed);
    },
    addOwner: (kind, namespace, name, seed) => {
      needNamespace(namespace);
      return objects.put(OWNER_VERSIONS[kind], kind, { namespace, name }, seed);
    },
    addPod: (namespace, pod) => {
      needNamespace(namespace);
      const { name, labels, annotations, uid } = pod['metadata'] as StoredObject['metadata'];
      const seed = {
        rest: pod,
        ...(labels && { labels }),
        ...(annotations && { annotations }),
        ...(uid && { uid }),
      };
      return objects.put('v1', 'Pod', { namespace, name }, seed);
    },
    addNode: (name, seed = {}) => objects.put('v1', 'Node', { name }, nodeSeed(seed)),
    put: objects.put,
    get: objects.get,
    before: (match, action) => void actions.push({ match, action }),
    remove: (kind, namespace, name) => objects.remove(kind, namespace, name),
    custom,
    secrets: (namespace) => objects.list('Secret', namespace),
    events: (namespace) => objects.list('Event', namespace),
    setVersion: (version) => {
      world.version = version;
    },
    setSecretQuota: (namespace, secrets) => void world.secretQuotas.set(namespace, secrets),
    setTerminating: (namespace) => void world.terminating.add(namespace),
    setAllowedAudiences: (audiences) => {
      world.allowedAudiences = audiences;
    },
    requests,
    calls: (match) =>
      requests.filter((line) => (typeof match === 'string' ? line.includes(match) : match.test(line))).length,
    resetCalls: () => void requests.splice(0),
    fault: (match, fault, times) => faults.add(match, fault, times),
    clearFaults: () => faults.clear(),
    down,
    close: async () => {
      await down();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function randomToken(): string {
  return randomBytes(24).toString('base64url');
}

/** As a pod of ours mounts it. */
function ownToken(tokens: TokenIssuer, { namespace, name }: { namespace: string; name: string }): string {
  const audience = 'https://kubernetes.default.svc';
  const claims = { namespace, serviceAccount: name, uid: `uid-${name}`, audience, expirationSeconds: 3600 };
  return tokens.issue(claims).token;
}

const OWNER_VERSIONS: Readonly<Record<OwnerKind, string>> = {
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  ReplicationController: 'v1',
};

function versionInfo(gitVersion: string): Readonly<Record<string, string>> {
  const [major = '', minor = ''] = gitVersion.slice(1).split('.');
  return { major, minor, gitVersion, platform: 'linux/amd64' };
}

function nodeSeed(seed: NodeSeed): ObjectSeed {
  const operatingSystem = seed.operatingSystem ?? 'linux';
  const nodeInfo = { kubeletVersion: seed.kubeletVersion ?? 'v1.35.2-eks-1a2b3c', operatingSystem };
  const conditions = [{ type: 'Ready', status: seed.ready === false ? 'Unknown' : 'True' }];
  const spec = seed.cordoned === true ? { unschedulable: true } : {};
  return { ...(seed.labels && { labels: seed.labels }), rest: { spec, status: { nodeInfo, conditions } } };
}

async function certificate(): Promise<{ key: string; cert: string }> {
  const made = await generate([{ name: 'commonName', value: 'kubernetes-double' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 60_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}

function kubeconfigText({ url, ca, token }: { url: string; ca: string; token: string }): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'double',
        cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
      },
    ],
    users: [{ name: 'latchkey', user: { token } }],
    contexts: [{ name: 'double', context: { cluster: 'double', user: 'latchkey' } }],
    'current-context': 'double',
  });
}

async function readRequest(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'https://double');
  const text = Buffer.concat(chunks).toString();
  return {
    method: incoming.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    accept: incoming.headers.accept ?? '',
    body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
}

function send(
  outgoing: ServerResponse,
  answer: Answer & { headers?: Readonly<Record<string, string>> },
  cut: boolean,
): void {
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  const length = Buffer.byteLength(text);
  outgoing.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': length,
    ...answer.headers,
  });
  if (!cut) {
    outgoing.end(text);
    return;
  }
  outgoing.write(text.slice(0, Math.floor(text.length / 2)), () => outgoing.destroy());
}
