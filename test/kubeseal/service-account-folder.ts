// A program that runs in a cluster reads its service account from one fixed folder. Here several run on one machine, without
// containers, so they are built with a copy of client-go in which the folder is a variable of the environment.

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the program reads instead: a folder with `token` and `ca.crt`. */
export const FOLDER_VARIABLE = 'TEST_SERVICE_ACCOUNT';

const CLIENT = 'k8s.io/client-go';
const FIXED = /const \(\n\t\ttokenFile += "[^"]+\/token"\n\t\trootCAFile = "[^"]+\/ca\.crt"\n\t\)/;
const FROM_ENVIRONMENT = `var (
\t\ttokenFile  = os.Getenv("${FOLDER_VARIABLE}") + "/token"
\t\trootCAFile = os.Getenv("${FOLDER_VARIABLE}") + "/ca.crt"
\t)`;

/**
 * Makes the copy.
 * @param module the folder of the Go module that is built
 * @param folder where it may write
 * @returns a go.mod for `go build -modfile`
 */
export function withServiceAccountFolder(module: string, folder: string): string {
  const args = ['list', '-m', '-f', '{{.Dir}}', CLIENT];
  const original = execFileSync('go', args, { cwd: module, encoding: 'utf8' }).trim();
  const copy = join(folder, 'client-go');
  rmSync(copy, { recursive: true, force: true });
  cpSync(original, copy, { recursive: true });
  const file = join(copy, 'rest/config.go');
  const text = readFileSync(file, 'utf8');
  if (!FIXED.test(text)) throw new Error(`${CLIENT} has changed`);
  chmodSync(file, 0o644);
  writeFileSync(file, text.replace(FIXED, FROM_ENVIRONMENT));
  const [modFile, sums] = [join(folder, 'go.mod'), join(folder, 'go.sum')];
  const replaced = `\nreplace ${CLIENT} => ${copy}\n`;
  writeFileSync(modFile, readFileSync(join(module, 'go.mod'), 'utf8') + replaced);
  copyFileSync(join(module, 'go.sum'), sums);
  return modFile;
}
