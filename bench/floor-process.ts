import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { stopChild } from './child.ts';
import type { Target } from './target.ts';

export interface FloorSettings {
  readonly cert: string;
  readonly key: string;
  /** The patch of every answer, in base64. */
  readonly patch: string;
}

export async function startFloor(settings: FloorSettings & { readonly ca: string }): Promise<Target> {
  const child = fork(join(import.meta.dirname, 'floor.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send({ cert: settings.cert, key: settings.key, patch: settings.patch });
  const [port] = (await once(child, 'message')) as [number];
  return {
    url: `https://127.0.0.1:${port}`,
    ca: settings.ca,
    pid: child.pid ?? 0,
    stop: () => stopChild(child),
  };
}
