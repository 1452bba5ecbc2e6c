import type { CommandName } from '../commands/command.ts';
import type { HostPort, ObjectPlace, Resources } from './config.ts';
import { ADOPTION_FLAGS } from './flags-adoption.ts';
import { CONTROLLER_FLAGS } from './flags-controller.ts';
import { DELIVERY_FLAGS } from './flags-delivery.ts';
import { MANIFEST_FLAGS } from './flags-manifests.ts';
import { MIGRATE_FLAGS } from './flags-migrate.ts';
import { SERVE_FLAGS } from './flags-serve.ts';
import { CERTS_FLAGS } from './flags-certs.ts';
import { SEAL_FLAGS } from './flags-seal.ts';
import { TAKE_OVER_FLAGS } from './flags-take-over.ts';

/** How a flag's text is read. */
export interface KindValues {
  readonly boolean: boolean;
  readonly text: string;
  readonly path: string;
  readonly address: HostPort;
  /** Milliseconds. */
  readonly duration: number;
  readonly integer: number;
  /** Bytes. */
  readonly size: number;
  readonly list: readonly string[];
  readonly region: string;
  readonly url: string;
  readonly resources: Resources;
  readonly choice: string;
  readonly object: ObjectPlace;
}
export type Kind = keyof KindValues;

/** One row: everything that parsing, the environment, `--help` and the docs need to know of a flag. */
export interface Flag {
  readonly name: string;
  readonly kind: Kind;
  readonly commands: readonly CommandName[];
  /** One line for `--help`. */
  readonly help: string;
  readonly short?: string;
  /** What stands for the value in `--help`; default: the kind. */
  readonly argument?: string;
  /** As somebody would type it. */
  readonly default?: string;
  readonly choices?: readonly string[];
  /** May be given more than once; lists are joined. In the environment it stands once. */
  readonly multiple?: true;
  /** Smallest and largest number, in the kind's unit. */
  readonly min?: number;
  readonly max?: number;
}

/** Every flag of every command. A flag that several commands share is one row; the same name never stands twice for a command. */
export const FLAGS = [
  ...SERVE_FLAGS,
  ...ADOPTION_FLAGS,
  ...CONTROLLER_FLAGS,
  ...DELIVERY_FLAGS,
  ...MANIFEST_FLAGS,
  ...MIGRATE_FLAGS,
  ...CERTS_FLAGS,
  ...SEAL_FLAGS,
  ...TAKE_OVER_FLAGS,
] as const satisfies readonly Flag[];

type Row = (typeof FLAGS)[number];
type RowsOf<C extends CommandName, R extends Row = Row> = R extends unknown
  ? C extends R['commands'][number]
    ? R
    : never
  : never;

type ValueOf<R> = R extends { readonly choices: readonly (infer T)[] }
  ? T
  : R extends { readonly kind: infer K extends Kind }
    ? KindValues[K]
    : never;
type Certain<R> = R extends { readonly default: string } | { readonly kind: 'boolean' } ? true : false;
type Several<T> = T extends readonly unknown[] ? T : readonly T[];
type Given<R> = R extends { readonly multiple: true }
  ? Several<ValueOf<R>>
  : Certain<R> extends true
    ? ValueOf<R>
    : ValueOf<R> | undefined;

/** A command's flags by name, typed by the table. */
export type FlagValues<C extends CommandName> = { readonly [R in RowsOf<C> as R['name']]: Given<R> };

/** The rows of one command, in the table's order. */
export function flagsOf(command: CommandName): readonly Flag[] {
  const all: readonly Flag[] = FLAGS;
  return all.filter((flag) => flag.commands.includes(command));
}

/** `cache-ttl` → `LATCHKEY_CACHE_TTL`. */
export function variableOf(flag: Flag): string {
  return `LATCHKEY_${flag.name.toUpperCase().replaceAll('-', '_')}`;
}
