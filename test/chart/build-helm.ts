// Builds helm from its Go module.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildOnce, goCache, moduleHash } from '../support/go-build.ts';

const MODULE = fileURLToPath(new URL('./helm', import.meta.url));

/**
 * The path of helm: `$HELM` where it is set, otherwise our own, built if need be.
 * @throws Error with what Go said, or that Go is missing
 */
export async function buildHelm(tell: (line: string) => void): Promise<string> {
  const given = process.env['HELM'];
  if (given !== undefined) return given;
  return await buildOnce(join(goCache('latchkey-helm', moduleHash(MODULE)), 'helm'), () => {
    const version = /helm\.sh\/helm\/v4 (v\S+)/.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))?.[1] ?? '';
    const stamp = `-s -w -X helm.sh/helm/v4/internal/version.version=${version}`;
    tell(`building helm ${version} (minutes the first time)`);
    return { module: MODULE, args: ['-trimpath', '-ldflags', stamp, 'helm.sh/helm/v4/cmd/helm'], tell };
  });
}
