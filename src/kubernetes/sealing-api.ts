import { setTimeout as sleep } from 'node:timers/promises';

import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import { apiPath, checkName, checkNamespace } from './api-path.ts';
import { connect, type KubernetesOptions } from './create-kubernetes.ts';
import { record } from './json.ts';
import { eachItem } from './paging.ts';
import { refusal, type Asked } from './refusal.ts';
import { type ApiAnswer, createTransport, type Transport } from './transport.ts';

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** sealed-secrets' controller, or who answers as it does, reached through the API server's proxy. */
export interface SealingService {
  /** PEM: the certificate of the newest key. */
  certificate(signal: AbortSignal): Promise<string>;
  /** Whether all its values open. It gets no template: one was a way to learn values, bit by bit. */
  opens(sealedSecret: object, signal: AbortSignal): Promise<boolean>;
  /** The object with its values sealed by the newest key; undefined where they do not open. */
  reEncrypt(sealedSecret: object, signal: AbortSignal): Promise<unknown>;
}

/** What `latchkey seal` asks of a cluster, with the rights of whoever runs it. */
export interface SealingApi {
  /** Visits the Secrets of a namespace that are labelled as sealing keys, raw. */
  keySecrets(namespace: string, labelSelector: string, signal: AbortSignal): Promise<readonly unknown[]>;
  secret(namespace: string, name: string, signal: AbortSignal): Promise<unknown>;
  /** undefined where there is no such Service. */
  service(at: ServiceName, signal: AbortSignal): Promise<SealingService | undefined>;
}

const TIMEOUT_MS = 15_000;
const KEYS_PER_PAGE = 100;
/** The controller answers two requests a second to each caller. */
const MAX_PATIENCE = 60;
const PATIENCE_MS = 1000;

/** @throws LatchkeyError LK-CONFIG where there is no kubeconfig; its methods LK-KUBERNETES, LK-NAME */
export function createSealingApi(options: KubernetesOptions): SealingApi {
  const send = createTransport(connect(options), { timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  return {
    keySecrets: async (namespace, labelSelector, signal) => {
      checkNamespace(namespace);
      const found: unknown[] = [];
      const segments = ['api', 'v1', 'namespaces', namespace, 'secrets'];
      const asked = { verb: 'list', resource: 'secrets', namespace } as const;
      const request = { segments, query: { labelSelector }, asked, pageSize: KEYS_PER_PAGE };
      await eachItem(send, request, (item) => found.push(item), signal);
      return found;
    },
    secret: (namespace, name, signal) => read(send, { namespace, name, resource: 'secrets' }, signal),
    service: async (at, signal) => {
      const service = await read(send, { ...at, resource: 'services' }, signal);
      return service === undefined ? undefined : sealingService(send, proxyPath(at, service));
    },
  };
}

async function read(
  send: Transport,
  { namespace, name, resource }: ServiceName & { readonly resource: string },
  signal: AbortSignal,
): Promise<unknown> {
  checkNamespace(namespace);
  checkName(resource, name);
  const path = apiPath(['api', 'v1', 'namespaces', namespace, resource, name]);
  const answer = await send({ method: 'GET', path, repeatable: true, signal });
  if (answer.status === 404) return undefined;
  if (answer.status === 200 && answer.body !== undefined) return answer.body;
  throw refusal(answer, { verb: 'get', resource, namespace });
}

function sealingService(send: Transport, path: string): SealingService {
  const post = (what: string, body: object, signal: AbortSignal): Promise<ApiAnswer> =>
    patiently(
      () => send({ method: 'POST', path: `${path}/v1/${what}`, body, repeatable: true, signal }),
      signal,
    );
  return {
    certificate: async (signal) => {
      const answer = await send({
        method: 'GET',
        path: `${path}/v1/cert.pem`,
        accept: 'application/x-pem-file, */*',
        repeatable: true,
        signal,
      });
      if (answer.status !== 200 || answer.text === undefined) throw unanswered(answer);
      return answer.text;
    },
    opens: async (sealedSecret, signal) => {
      const answer = await post('verify', sealedSecret, signal);
      if (answer.status !== 200 && answer.status !== 409) throw unanswered(answer);
      return answer.status === 200;
    },
    reEncrypt: async (sealedSecret, signal) => {
      const answer = await post('rotate', sealedSecret, signal);
      if (answer.status === 200 && answer.body !== undefined) return answer.body;
      // The controller says 500 both of values that do not open and of its own trouble; the API server says what it is.
      if (answer.status === 500 && answer.body === undefined) return undefined;
      throw unanswered(answer);
    },
  };
}

async function patiently(ask: () => Promise<ApiAnswer>, signal: AbortSignal): Promise<ApiAnswer> {
  for (let waited = 0; ; waited += 1) {
    const answer = await ask();
    if (answer.status !== 429 || waited === MAX_PATIENCE) return answer;
    await sleep(answer.retryAfterMs ?? PATIENCE_MS, undefined, { signal });
  }
}

/** By the name of its first port, as kubeseal asks. */
function proxyPath({ namespace, name }: ServiceName, service: unknown): string {
  const { ports } = record(record(service)['spec']);
  const port: unknown = Array.isArray(ports) ? record(ports[0])['name'] : undefined;
  const portName = typeof port === 'string' && /^[a-z0-9-]{1,63}$/.test(port) ? port : '';
  return `/api/v1/namespaces/${namespace}/services/http:${name}:${portName}/proxy`;
}

const PROXIED: Asked = { verb: 'get', resource: 'services/proxy' };

function unanswered(answer: ApiAnswer): LatchkeyError {
  if (record(answer.body)['kind'] === 'Status') return refusal(answer, PROXIED);
  return new LatchkeyError(
    'LK-KUBERNETES',
    `the sealed-secrets controller answered ${quoted(String(answer.status))}`,
    'Look at its log; with --private-key nothing is asked of it.',
  );
}
