// How large is the image? Lays it out without a builder and sums its compressed layers.
//
//   node bench/image-size.ts [DIR]     with a directory, the layout stays there
//
// The program is dist/, the runtime is the Node that runs this and the libraries it is linked to. The base image of the
// Dockerfile also has OpenSSL, time zones and the like, which cannot be pulled here: docs/image.md says what they add.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDockerfile } from './dockerfile.ts';
import { filesBelow, writeImage } from './image-layout.ts';
import type { LayerFile } from './image-layout.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BAR_BYTES = 80_000_000;
/** The packages of the base image that Node itself does not need, gzipped one by one (docs/image.md). */
const REST_OF_BASE_BYTES = 7_000_000;

const PASSWD =
  'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n';
const GROUP = 'root:x:0:\nnonroot:x:65532:\n';

/** The libraries that the dynamic linker loads for a program, under the paths where it looks for them. */
function librariesOf(program: string): readonly LayerFile[] {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...listed.matchAll(/(\/\S+) \(0x/g)]
    .flatMap(([, path]) => (path === undefined ? [] : [path]))
    .map((path) => ({ path, bytes: readFileSync(path), mode: 0o755 }));
}

function text(path: string, content: string): LayerFile {
  return { path, bytes: Buffer.from(content), mode: 0o644 };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`.padStart(9);
}

const kept = process.argv[2];
const directory = kept ?? mkdtempSync(join(tmpdir(), 'latchkey-image-'));
try {
  if (!existsSync(join(ROOT, 'dist'))) throw new Error('there is no dist/: run `npm run build` first');
  const config = readDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
  const node = { path: config.Entrypoint[0] ?? '', bytes: readFileSync(process.execPath), mode: 0o755 };
  const sizes = writeImage(
    directory,
    [
      { name: 'libraries', files: librariesOf(process.execPath) },
      { name: 'node', files: [node] },
      { name: 'users', files: [text('/etc/passwd', PASSWD), text('/etc/group', GROUP)] },
      {
        name: 'program',
        files: [
          text(`${config.WorkingDir}/package.json`, readFileSync(join(ROOT, 'package.json'), 'utf8')),
          ...filesBelow(join(ROOT, 'dist'), `${config.WorkingDir}/dist`),
        ],
      },
    ],
    config,
  );
  const measured = sizes.reduce((sum, { compressed }) => sum + compressed, 0);
  const total = measured + REST_OF_BASE_BYTES;
  for (const { name, bytes, compressed } of sizes) {
    console.log(`${name.padEnd(16)} ${megabytes(bytes)} ${megabytes(compressed)} compressed`);
  }
  console.log(
    `${'rest of the base'.padEnd(16)} ${' '.repeat(9)} ${megabytes(REST_OF_BASE_BYTES)} compressed`,
  );
  console.log(
    `${'in all'.padEnd(16)} ${' '.repeat(9)} ${megabytes(total)} compressed, bar ${megabytes(BAR_BYTES)}`,
  );
  console.log(JSON.stringify({ row: 'image', bytes: total, bar: BAR_BYTES, met: total <= BAR_BYTES }));
  process.exitCode = total <= BAR_BYTES ? 0 : 1;
} finally {
  if (kept === undefined) rmSync(directory, { recursive: true, force: true });
}
