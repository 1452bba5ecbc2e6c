// Other projects' files, from their Go modules.

import { execFileSync } from 'node:child_process';

/**
 * Its folder. Go keeps what it downloaded; the sum says that it is that very version.
 * @param sum of the module's files, as Go's checksum database has it
 */
export function moduleDirectory(module: string, sum: string): string {
  const told = execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8', cwd: '/' });
  const { Dir, Sum } = JSON.parse(told) as { readonly Dir: string; readonly Sum: string };
  if (Sum !== sum) throw new Error(`${module} has the sum ${Sum}, not ${sum}`);
  return Dir;
}
