// Objects of the API server, followed as kubelet and kube-proxy do: a list, then a watch from there, again and again.

import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { KubeConfig } from '@kubernetes/client-node';

import type { Api, Json } from '../support/api.ts';

export interface WatchOptions {
  readonly api: Api;
  readonly kubeconfig: string;
  /** Of a list, `/api/v1/pods` for instance. */
  readonly path: string;
  /** An object is there, or is not as it was. May be told twice of the same. */
  readonly changed: (object: Json) => void;
  readonly gone: (object: Json) => void;
  readonly signal: AbortSignal;
}

const AGAIN_MS = 500;

/** Returns when the list has been read once; follows it until the signal aborts. */
export async function watch(options: WatchOptions): Promise<void> {
  const known = new Map<string, Json>();
  const version = await relist(options, known);
  void keepFollowing(options, { version, known });
}

interface At {
  readonly version: string;
  readonly known: Map<string, Json>;
}

async function keepFollowing(options: WatchOptions, { version: first, known }: At): Promise<void> {
  const { signal } = options;
  for (let version = first; !signal.aborted; version = await relist(options, known).catch(() => version)) {
    // It may be away: as a kubelet, we ask again.
    await follow(options, { version, known }).catch(() =>
      sleep(AGAIN_MS, undefined, { signal }).catch(() => {}),
    );
    if (signal.aborted) return;
  }
}

async function relist({ api, path, changed, gone }: WatchOptions, known: Map<string, Json>): Promise<string> {
  const { items, metadata } = await api.get(path);
  const now = new Map<string, Json>(items.map((item: Json) => [item.metadata.uid, item]));
  for (const [uid, object] of known) {
    if (now.has(uid)) continue;
    known.delete(uid);
    gone(object);
  }
  for (const [uid, object] of now) {
    known.set(uid, object);
    changed(object);
  }
  return metadata.resourceVersion;
}

/** Until the API server ends the watch, which it does every few minutes, or calls the version too old. */
async function follow(options: WatchOptions, { version, known }: At): Promise<void> {
  const { path, changed, gone, signal } = options;
  const separator = path.includes('?') ? '&' : '?';
  const response = await open(options, `${path}${separator}watch=1&resourceVersion=${version}`);
  for await (const line of createInterface({ input: response, signal })) {
    const { type, object } = JSON.parse(line);
    if (object === undefined || type === 'ERROR') return;
    if (type === 'DELETED') {
      known.delete(object.metadata.uid);
      gone(object);
    } else {
      known.set(object.metadata.uid, object);
      changed(object);
    }
  }
}

async function open({ kubeconfig, signal }: WatchOptions, path: string): Promise<IncomingMessage> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const options: RequestOptions = { signal, headers: { accept: 'application/json' } };
  await config.applyToHTTPSOptions(options);
  const call = request(`${config.getCurrentCluster()?.server ?? ''}${path}`, options);
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  for (const stream of [call, response]) stream.on('error', () => {});
  return response;
}
