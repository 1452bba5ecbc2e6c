// What a container gives to a process, for a Node process that runs without one: the container's files, its address and its
// host name. `node --import sandbox.ts program`, with the particulars in $STAND_IN_SANDBOX. So the program runs with exactly
// the arguments that its pod names, and neither root nor namespaces are needed.
//
// What it does not give: another user, a read-only root file system, limits, a network of its own.

import fs from 'node:fs';
import { Server } from 'node:net';
import os from 'node:os';
import { syncBuiltinESMExports } from 'node:module';

/** JSON in {@link SANDBOX_VARIABLE}. */
export interface Sandbox {
  /** Where a path of the container is on this machine. A longer path wins. */
  readonly mounts: readonly { readonly path: string; readonly target: string }[];
  /** Whoever listens on all addresses listens on this one. */
  readonly address: string;
  readonly hostname: string;
}

export const SANDBOX_VARIABLE = 'STAND_IN_SANDBOX';

function enter(sandbox: Sandbox): void {
  const translate = translation(sandbox);
  wrapAll(fs, translate);
  wrapAll(fs.promises, translate);
  os.hostname = () => sandbox.hostname;
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    return Reflect.apply(listen, this, listening(args, sandbox.address)) as Server;
  } as typeof listen;
  syncBuiltinESMExports();
}

type Translate = (path: string) => string;

/** Where a path is on this machine; one that is not in a mount stays. */
export function translation({ mounts }: Pick<Sandbox, 'mounts'>): Translate {
  const longestFirst = mounts.toSorted((a, b) => b.path.length - a.path.length);
  return (path) => {
    const mount = longestFirst.find((each) => path === each.path || path.startsWith(`${each.path}/`));
    return mount === undefined ? path : `${mount.target}${path.slice(mount.path.length)}`;
  };
}

/** Their second argument is a path as well. */
const TWO_PATHS = /^(copyFile|cp|link|rename|symlink)(Sync)?$/;

function wrapAll(module: object, translate: Translate): void {
  const functions = module as Record<string, unknown>;
  for (const [name, original] of Object.entries(functions)) {
    // Classes, and what takes no path first, are left alone.
    if (typeof original !== 'function' || /^[A-Z_]/.test(name)) continue;
    const paths = TWO_PATHS.test(name) ? 2 : 1;
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      const translated = args.map((arg, index) =>
        index < paths && typeof arg === 'string' ? translate(arg) : arg,
      );
      return Reflect.apply(original, this, translated);
    };
    functions[name] = Object.assign(wrapped, original);
  }
}

const EVERYWHERE = new Set([undefined, '', '0.0.0.0', '::']);

/** `listen(options, …)` and `listen(port, host, …)`; a path of a socket stays. */
function listening(args: readonly unknown[], address: string): readonly unknown[] {
  const [first, second, ...rest] = args;
  if (typeof first === 'number') {
    const host = typeof second === 'string' ? second : undefined;
    const after = typeof second === 'string' ? rest : args.slice(1);
    return [first, EVERYWHERE.has(host) ? address : host, ...after];
  }
  if (typeof first !== 'object' || first === null || !('port' in first)) return args;
  const { host } = first as { readonly host?: string };
  return [{ ...first, ...(EVERYWHERE.has(host) ? { host: address } : {}) }, ...args.slice(1)];
}

const given = process.env[SANDBOX_VARIABLE];
if (given !== undefined) {
  // The program reads its environment, and need not know.
  delete process.env[SANDBOX_VARIABLE];
  enter(JSON.parse(given) as Sandbox);
}
