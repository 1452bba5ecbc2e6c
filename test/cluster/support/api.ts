// A client of the real API server for tests: JSON in, JSON out, with the status that came.

import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { text as readText } from 'node:stream/consumers';

import { KubeConfig, type Cluster } from '@kubernetes/client-node';

/** An object as the API server writes it. Tests say what they expect to find. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  /** Texts of the Warning headers. */
  readonly warnings: readonly string[];
}

export interface Api {
  readonly server: string;
  /** Base64, as in a kubeconfig. */
  readonly caData: string;
  send(method: string, path: string, body?: Json, type?: string): Promise<Answer>;
  /** Throws what the API server said when it is not there. */
  get(path: string): Promise<Json>;
  /** The items. */
  list(path: string): Promise<readonly Json[]>;
  /** Throws what the API server said when it refuses. */
  create(path: string, body: Json): Promise<Json>;
  /** A merge patch. */
  patch(path: string, body: Json): Promise<Json>;
  remove(path: string): Promise<void>;
}

export function createApi(kubeconfig: string): Api {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  const server = cluster?.server ?? '';

  async function send(method: string, path: string, body?: Json, type = 'application/json'): Promise<Answer> {
    // The issuer's keys are served as `application/jwk-set+json` alone.
    const accept = 'application/json, */*';
    const text = body === undefined ? '' : JSON.stringify(body);
    // Node gives the body of a DELETE no length by itself, and then nobody reads it.
    const length = { 'content-length': Buffer.byteLength(text) };
    const options: RequestOptions = { method, headers: { accept, 'content-type': type, ...length } };
    await config.applyToHTTPSOptions(options);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const call = request(`${server}${path}`, options, (response) => {
      const warnings = [response.headers['warning'] ?? []].flat();
      readText(response).then((answered) => {
        resolve({ status: response.statusCode ?? 0, body: json(answered), warnings });
      }, reject);
    });
    call.on('error', reject);
    call.end(text);
    return await promise;
  }

  async function done(method: string, path: string, body?: Json, type?: string): Promise<Json> {
    const answer = await send(method, path, body, type);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${String(answer.status)} ${answer.body?.message ?? answer.body}`);
  }

  return {
    server,
    caData: caDataOf(cluster),
    send,
    get: (path) => done('GET', path),
    list: async (path) => (await done('GET', path)).items,
    create: (path, body) => done('POST', path, body),
    patch: (path, body) => done('PATCH', path, body, 'application/merge-patch+json'),
    remove: async (path) => {
      await done('DELETE', path, { propagationPolicy: 'Background' });
    },
  };
}

function caDataOf(cluster: Cluster | null): string {
  if (cluster?.caData !== undefined) return cluster.caData;
  return cluster?.caFile === undefined ? '' : readFileSync(cluster.caFile).toString('base64');
}

function json(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
