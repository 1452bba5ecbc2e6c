// Builds sealed-secrets' own programs from their Go module.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildOnce, goCache, moduleHash } from '../support/go-build.ts';
import { withServiceAccountFolder } from './service-account-folder.ts';

export type Program = 'kubeseal' | 'controller';

const MODULE = fileURLToPath(new URL('./module', import.meta.url));

/**
 * The path of one of its programs, built if need be. The controller finds its service account as FOLDER_VARIABLE says.
 * @throws Error with what Go said, or that Go is missing
 */
export async function buildSealedSecrets(program: Program, tell: (line: string) => void): Promise<string> {
  const folder = goCache('latchkey-kubeseal', moduleHash(MODULE));
  return await buildOnce(join(folder, program), () => {
    const source = `github.com/bitnami/sealed-secrets/cmd/${program}`;
    const modFile = program === 'controller' ? [`-modfile=${withServiceAccountFolder(MODULE, folder)}`] : [];
    tell(`building ${program} (minutes the first time)`);
    return { module: MODULE, args: [...modFile, '-trimpath', '-ldflags', '-s -w', source], tell };
  });
}
