// A client of the real API server for tests: JSON in, JSON out, with the status that came.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
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
  /** The lines of an answer that goes on, as a watch does, until it ends or is aborted. */
  lines(path: string, signal: AbortSignal): AsyncIterable<Json>;
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

/** The suite's cluster, for its administrator. */
export function clusterApi(): Api {
  const kubeconfig = process.env['LATCHKEY_TEST_KUBECONFIG'];
  if (kubeconfig === undefined) throw new Error('run it with: npm run test:cluster');
  return createApi(kubeconfig);
}

/** @param kubeconfig a file */
export function createApi(kubeconfig: string): Api {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return apiOf(config);
}

export function apiOf(config: KubeConfig): Api {
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

  async function* lines(path: string, signal: AbortSignal): AsyncIterable<Json> {
    const options: RequestOptions = { signal, headers: { accept: 'application/json' } };
    await config.applyToHTTPSOptions(options);
    const call = request(`${server}${path}`, options).end();
    try {
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      for await (const line of createInterface(response)) yield JSON.parse(line);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      call.destroy();
    }
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
    lines,
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

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
