import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../../src/build.ts', import.meta.url));

let built: string | undefined;

/** The program as it is shipped, built once for a process and removed with it: what `node` is to run. */
export function builtProgram(): string {
  if (built === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'latchkey-program-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    execFileSync(process.execPath, [BUILD, directory]);
    // As package.json does for dist/.
    writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
    built = join(directory, 'latchkey.cjs');
  }
  return built;
}
