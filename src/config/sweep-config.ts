import type { Environment } from '../commands/command.ts';
import type { FlagValues } from './flags.ts';
import { badNames } from './object-name.ts';
import { parseFlags, surplus } from './parse-flags.ts';
import { UsageError } from './usage-error.ts';

/** Everything that `sweep` was told, checked and frozen. */
export interface SweepConfig {
  /** Latchkey's own. Absent: that of the service account. */
  readonly namespace?: string;
  /** Wins over the Secret. */
  readonly keyFile?: string;
  readonly keySecret: string;
  readonly cacheTtlMs: number;
  /** Absent: all. */
  readonly namespaces: readonly string[] | undefined;
  /** Never these. */
  readonly excluded: readonly string[];
  readonly kubeconfig?: string;
}

/**
 * `sweep`'s configuration from its arguments and the environment.
 * @throws UsageError with every problem of both
 */
export function readSweepConfig(args: readonly string[], env: Environment): SweepConfig {
  const { values, positionals, problems } = parseFlags('sweep', args, env);
  const names = badNames(values, ['namespace', 'key-secret', 'namespaces', 'excluded-namespaces']);
  const all = [...problems, ...surplus(positionals, 0), ...names];
  if (all.length > 0) throw new UsageError(all);
  return Object.freeze(toConfig(values as FlagValues<'sweep'>));
}

function toConfig(values: FlagValues<'sweep'>): SweepConfig {
  const { namespace, namespaces, kubeconfig, 'key-file': keyFile } = values;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(keyFile === undefined ? {} : { keyFile }),
    keySecret: values['key-secret'],
    cacheTtlMs: values['cache-ttl'],
    namespaces: namespaces.length === 0 ? undefined : namespaces,
    excluded: values['excluded-namespaces'],
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  };
}
