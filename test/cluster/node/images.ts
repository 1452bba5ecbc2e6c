// Nothing can be pulled: the stand-in node has its own programs for a few images.

import { fileURLToPath } from 'node:url';

import type { Json } from '../support/api.ts';

const SANDBOX = fileURLToPath(new URL('./sandbox.ts', import.meta.url));

/** What the image `latchkey` holds. */
export interface Program {
  /** `latchkey.cjs` */
  readonly program: string;
  /** Variables of the image: that an emulator is AWS, for instance. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Variables of the image. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it enters the sandbox that it is given. */
  readonly sandboxed: boolean;
}

/**
 * What a container runs; undefined where its image is none that the node has.
 *
 * | image (in any registry, with any tag) | runs |
 * |---|---|
 * | `latchkey` | our program, in a sandbox |
 * | `node` | this Node with the container's `command` behind `node`, in a sandbox |
 * | `busybox` | the container's `command` with this machine's programs, which see no mounts |
 *
 */
export function commandOf(container: Json, { program, env }: Program): Command | undefined {
  const { image, command = [], args = [] } = container;
  const name = repositoryOf(image);
  if (name === 'latchkey' && command.length === 0) {
    const own = { NODE_ENV: 'production', ...env };
    return {
      file: process.execPath,
      args: ['--import', SANDBOX, program, ...args],
      env: own,
      sandboxed: true,
    };
  }
  const [file, ...rest] = [...command, ...args] as string[];
  if (name === 'node' && file === 'node') {
    return { file: process.execPath, args: ['--import', SANDBOX, ...rest], env: {}, sandboxed: true };
  }
  if (name !== 'busybox' || file === undefined) return undefined;
  return { file, args: rest, env: {}, sandboxed: false };
}

/** The last part of an image's name: `registry.example/latchkey:0.1.0@sha256:…` is `latchkey`. */
export function repositoryOf(image: string): string {
  return (image.split('@')[0] ?? '').replace(/:[^:/]*$/, '').replace(/^.*\//, '');
}
