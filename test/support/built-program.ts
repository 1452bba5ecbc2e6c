import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const BUILD = fileURLToPath(new URL('../../src/build.ts', import.meta.url));

let built: string | undefined;

/** The program as it is shipped, built once for a test file: what `node` is to run. */
export function builtProgram(): string {
  if (built === undefined) {
    const directory = t.testdir();
    execFileSync(process.execPath, [BUILD, directory]);
    built = join(directory, 'latchkey.cjs');
  }
  return built;
}
