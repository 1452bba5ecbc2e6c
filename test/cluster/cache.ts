// Where the built control plane is kept: outside of the checkout, so that a fresh clone need not build it again, and under
// a hash of everything that it is made from.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { goCache } from '../support/go-build.ts';

export const SOURCES = fileURLToPath(new URL('./control-plane', import.meta.url));

/** The folder of one build; `variant` tells builds of the same sources apart. */
export function cacheFolder(variant: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(variant));
  for (const name of readdirSync(SOURCES).sort()) {
    hash.update(`\0${name}\0`).update(readFileSync(join(SOURCES, name)));
  }
  return goCache('latchkey-cluster', hash.digest('hex'));
}
