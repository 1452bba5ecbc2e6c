// Builds sealed-secrets' own programs from their Go module.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildOnce, goCache, moduleHash } from '../support/go-build.ts';

const MODULE = fileURLToPath(new URL('./module', import.meta.url));

/**
 * The path of one of its programs, built if need be.
 * @throws Error with what Go said, or that Go is missing
 */
export async function buildSealedSecrets(
  program: 'kubeseal' | 'controller',
  tell: (line: string) => void,
): Promise<string> {
  return await buildOnce(join(goCache('latchkey-kubeseal', moduleHash(MODULE)), program), () => {
    const source = `github.com/bitnami/sealed-secrets/cmd/${program}`;
    tell(`building ${program} (minutes the first time)`);
    return { module: MODULE, args: ['-trimpath', '-ldflags', '-s -w', source], tell };
  });
}
