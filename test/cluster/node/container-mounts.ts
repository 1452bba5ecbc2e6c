import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Json } from '../support/api.ts';
import type { Sandbox } from './sandbox.ts';

export interface ContainerMounts {
  readonly all: Sandbox['mounts'];
  /** What the container left in its `terminationMessagePath`. */
  terminationMessage(): Promise<string>;
}

export interface MountOptions {
  readonly container: Json;
  /** Of the pod. */
  readonly directory: string;
  readonly volumeDirectory: (name: string) => string;
}

/** Where a container's mounts are on this machine; its termination log is one of them, empty. */
export async function containerMounts(options: MountOptions): Promise<ContainerMounts> {
  const { container, directory, volumeDirectory } = options;
  const { terminationMessagePath: path = '/dev/termination-log' } = container;
  const target = join(directory, `termination-log-${container.name}`);
  await mkdir(directory, { recursive: true });
  await writeFile(target, '');
  const volumes = (container.volumeMounts ?? []).map(({ name, mountPath, subPath = '' }: Json) => ({
    path: mountPath.replace(/(?<=.)\/$/, ''),
    target: subPath === '' ? volumeDirectory(name) : join(volumeDirectory(name), subPath),
  }));
  return {
    all: [...volumes, { path, target }],
    terminationMessage: async () => await readFile(target, 'utf8').catch(() => ''),
  };
}
