import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { readDockerfile } from '../../bench/dockerfile.ts';
import { filesBelow, writeImage } from '../../bench/image-layout.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

t.test(
  'the image runs the program as a user that Kubernetes can see is not root, and without a shell',
  async (t) => {
    const config = readDockerfile(DOCKERFILE);

    t.same(config.Entrypoint, ['/nodejs/bin/node', `${config.WorkingDir}/dist/latchkey.cjs`]);
    t.match(config.User, /^[1-9]\d*:[1-9]\d*$/);
  },
);

t.test('what the Dockerfile copies is what .dockerignore lets through', async (t) => {
  const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const copies = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, paths = '']) =>
    paths.split(' ').slice(0, -1),
  );

  t.ok(ignore.includes('*'), 'nothing by default');
  t.same(
    [...new Set(copies)].map((path) => `!${path.replaceAll('*', '')}`).sort(),
    ignore.filter((line) => line.startsWith('!')).sort(),
  );
  for (const path of copies.filter((path) => !path.includes('*'))) {
    t.ok(readdirSync(ROOT).includes(path), `${path} exists`);
  }
});

t.test('the lock file is copied, and the packages installed, before the sources', async (t) => {
  const at = (text: string): number => DOCKERFILE.indexOf(text);

  t.ok(at('package-lock.json') < at('RUN npm ci'));
  t.ok(at('RUN npm ci') < at('COPY src'));
});

t.test(
  'a laid out image names every blob by its digest, and layers by their plain tar files too',
  async (t) => {
    const source = t.testdir({ 'a.txt': 'one', d: { 'b.txt': 'x'.repeat(1000) } });
    const out = join(t.testdirName, 'out');

    const sizes = writeImage(
      out,
      [
        { name: 'program', files: filesBelow(source, '/latchkey/dist') },
        { name: 'none', files: [] },
      ],
      readDockerfile(DOCKERFILE),
    );

    const read = (digest: string): Buffer => readFileSync(join(out, 'blobs', digest.replace(':', '/')));
    const index = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8'));
    const manifest = JSON.parse(read(index.manifests[0].digest).toString());
    const image = JSON.parse(read(manifest.config.digest).toString());
    const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    for (const { digest, size } of [index.manifests[0], manifest.config, ...manifest.layers]) {
      t.equal(digestOf(read(digest)), digest);
      t.equal(read(digest).length, size);
    }
    const tars = manifest.layers.map(({ digest }: { digest: string }) => gunzipSync(read(digest)));
    t.same(image.rootfs.diff_ids, tars.map(digestOf));
    t.equal(image.config.User, '65532:65532');
    t.match(sizes, [
      { name: 'program', files: 2 },
      { name: 'none', files: 0 },
    ]);
    t.match(namesIn(tars[0]), ['latchkey/', 'latchkey/dist/', 'latchkey/dist/a.txt', 'latchkey/dist/d/']);
  },
);

/** The names in a tar file, by walking its headers. */
function namesIn(tar: Buffer): readonly string[] {
  const names: string[] = [];
  for (let at = 0; tar[at] !== 0 && at < tar.length;) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    names.push(tar.toString('utf8', at, tar.indexOf(0, at)));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return names.sort();
}
