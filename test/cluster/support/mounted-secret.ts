// A Secret in files as a kubelet mounts it: each version in a directory of its own, behind a link that is swapped.

import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Api, Json } from './api.ts';
import { eventually } from './eventually.ts';
import { changes } from './watch.ts';

export interface MountedSecret {
  /** The path of a key's file. */
  file(key: string): string;
  close(): Promise<void>;
}

export interface Mount {
  readonly namespace: string;
  readonly name: string;
  readonly keys: readonly string[];
  /** A new directory's path. */
  readonly directory: string;
  /** How long a change takes to come through, ms: kubelets are slow. */
  readonly lateMs: number;
}

/** Waits until the Secret has these keys, as a pod waits in ContainerCreating, and follows it from then on. */
export async function mountSecret(api: Api, secret: Mount): Promise<MountedSecret> {
  const { directory } = secret;
  const secrets = `/api/v1/namespaces/${secret.namespace}/secrets`;
  let stored: Json;
  await eventually(async () => {
    stored = await api.get(`${secrets}/${secret.name}`);
    return secret.keys.every((key) => stored.data?.[key] !== undefined);
  }, `${secret.name} is filled`);
  await mkdir(directory);
  for (const key of secret.keys) await symlink(join('..data', key), join(directory, key));
  let written = await write(stored);
  const aborter = new AbortController();
  const following = follow();

  async function write({ data, metadata }: Json): Promise<string> {
    const version = join(directory, `..${String(metadata.resourceVersion)}`);
    await mkdir(version);
    for (const key of secret.keys) await writeFile(join(version, key), Buffer.from(data[key], 'base64'));
    const link = join(directory, '..data_tmp');
    await symlink(version, link);
    await rename(link, join(directory, '..data'));
    return version;
  }

  async function follow(): Promise<void> {
    const since = stored.metadata.resourceVersion;
    const path = `${secrets}?fieldSelector=metadata.name%3D${secret.name}`;
    for await (const { type, object } of changes(api, path, { since, signal: aborter.signal })) {
      if (type !== 'MODIFIED') continue;
      await sleep(secret.lateMs);
      const before = written;
      written = await write(object);
      await rm(before, { recursive: true });
    }
  }

  return {
    file: (key) => join(directory, key),
    async close() {
      aborter.abort();
      await following;
    },
  };
}
