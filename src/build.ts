// Builds dist/ (or the directory that is named): the program as ES modules, split so that each command loads only what
// it needs.

import { build } from 'esbuild';
import { chmod, copyFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const SOURCE = import.meta.dirname;
const OUTPUT = resolve(process.argv[2] ?? join(SOURCE, '..', 'dist'));

/** Dependencies that are CommonJS call `require` for Node's own modules, which an ES module doesn't have. */
const REQUIRE =
  "import { createRequire as __latchkeyRequire } from 'node:module'; const require = __latchkeyRequire(import.meta.url);";

await rm(OUTPUT, { recursive: true, force: true });
await build({
  entryPoints: { main: join(SOURCE, 'main.ts') },
  outdir: OUTPUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  // ES modules where a package has both: only those are tree-shaken, and the AWS SDK's CommonJS is four times their size.
  mainFields: ['module', 'main'],
  target: 'node22.19',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'external',
  banner: { js: REQUIRE },
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
});
await copyFile(join(SOURCE, 'latchkey.cjs'), join(OUTPUT, 'latchkey.cjs'));
await chmod(join(OUTPUT, 'latchkey.cjs'), 0o755);
