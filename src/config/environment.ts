import type { Environment } from '../commands/command.ts';

/** The one read of the process's environment; everything else gets it as an argument. */
export function processEnvironment(): Environment {
  return process.env;
}
