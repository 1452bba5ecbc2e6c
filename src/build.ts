// Builds dist/ (or the directory that is named): the program as ES modules, split so that each command loads only what
// it needs.

import { build, type Plugin } from 'esbuild';
import { chmod, copyFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join, relative, resolve } from 'node:path';

const SOURCE = import.meta.dirname;
const OUTPUT = resolve(process.argv[2] ?? join(SOURCE, '..', 'dist'));

/** Dependencies that are CommonJS call `require` for Node's own modules, which an ES module doesn't have. */
const REQUIRE =
  "import { createRequire as __latchkeyRequire } from 'node:module'; const require = __latchkeyRequire(import.meta.url);";

/**
 * `import … from 'node:http'` reads every export of that module to fill its namespace, also `http.WebSocket`, behind which
 * a whole HTTP client is loaded: a fifth of what `fetch` does before its first call. `require` reads what is used. Each
 * importer gets a copy of its own, or each of them would become a file of its own.
 */
const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z][a-z0-9_:/]*$/ }, ({ path, kind, importer }) => {
      if (!isBuiltin(path) || kind === 'require-call') return undefined;
      const copy = `${path} for ${relative(join(SOURCE, '..'), importer)}`;
      return { path: copy, namespace: 'required', pluginData: path, sideEffects: false };
    });
    onLoad({ filter: /^/, namespace: 'required' }, ({ pluginData }) => ({
      contents: `module.exports = require(${JSON.stringify(pluginData)});`,
    }));
  },
};

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
  alias: { '@aws-sdk/credential-provider-node': join(SOURCE, 'identity', 'no-default-credentials.ts') },
  target: 'node22.19',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'external',
  plugins: [requiredBuiltins],
  banner: { js: REQUIRE },
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
});
await copyFile(join(SOURCE, 'latchkey.cjs'), join(OUTPUT, 'latchkey.cjs'));
await chmod(join(OUTPUT, 'latchkey.cjs'), 0o755);
