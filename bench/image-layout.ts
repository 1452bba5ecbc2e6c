// An OCI image made by hand, for machines without a builder: tar layers, gzip, and the four JSON files around them.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';

/** A file of a layer, by its path in the image. */
export interface LayerFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
}

export interface Layer {
  readonly name: string;
  readonly files: readonly LayerFile[];
}

/** What the Dockerfile says of the running container. */
export interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly User: string;
  readonly WorkingDir: string;
  readonly Env: readonly string[];
}

export interface LayerSize {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly compressed: number;
}

const BLOCK = 512;
/** Builders compress with it unless they are told otherwise. */
const GZIP_LEVEL = 6;

/** Writes an OCI image layout into an empty directory, and tells the sizes of its layers. */
export function writeImage(
  directory: string,
  layers: readonly Layer[],
  config: ImageConfig,
): readonly LayerSize[] {
  mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
  const packed = layers.map(({ name, files }) => {
    const tar = tarOf(files);
    return { name, files: files.length, tar, blob: gzipSync(tar, { level: GZIP_LEVEL }) };
  });
  const image = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: packed.map(({ tar }) => digest(tar)) },
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: describe(
      directory,
      'application/vnd.oci.image.config.v1+json',
      Buffer.from(JSON.stringify(image)),
    ),
    layers: packed.map(({ blob }) =>
      describe(directory, 'application/vnd.oci.image.layer.v1.tar+gzip', blob),
    ),
  };
  const top = describe(directory, manifest.mediaType, Buffer.from(JSON.stringify(manifest)));
  const annotations = {
    'org.opencontainers.image.ref.name': 'latchkey:local',
    'io.containerd.image.name': 'latchkey:local',
  };
  writeFileSync(
    join(directory, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...top, annotations }] }),
  );
  writeFileSync(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return packed.map(({ name, files, tar, blob }) => ({
    name,
    files,
    bytes: tar.length,
    compressed: blob.length,
  }));
}

/** Every file below a directory, as it is to stand below `target` in the image. */
export function filesBelow(directory: string, target: string): readonly LayerFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({
      path: posix.join(target, path.slice(directory.length)),
      bytes: readFileSync(path),
      mode: 0o644,
    }));
}

function describe(directory: string, mediaType: string, bytes: Uint8Array) {
  const name = digest(bytes);
  writeFileSync(join(directory, 'blobs', name.replace(':', '/')), bytes);
  return { mediaType, digest: name, size: bytes.length };
}

function digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The same bytes for the same files: owned by root, without times. */
function tarOf(files: readonly LayerFile[]): Uint8Array {
  const directories = [...new Set(files.flatMap(({ path }) => parents(path)))].sort();
  const entries = [
    ...directories.map((path) => header(`${path}/`, 0o755, 0, '5')),
    ...files.flatMap(({ path, bytes, mode }) => [
      header(path, mode, bytes.length, '0'),
      bytes,
      Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK),
    ]),
  ];
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]);
}

function parents(path: string): readonly string[] {
  const parent = posix.dirname(path);
  return parent === '/' ? [] : [...parents(parent), parent];
}

function header(path: string, mode: number, size: number, type: string): Uint8Array {
  const name = path.slice(1);
  if (Buffer.byteLength(name) > 100) throw new Error(`too long for a plain tar header: ${name}`);
  const bytes = Buffer.alloc(BLOCK);
  bytes.write(name, 0);
  bytes.write(octal(mode, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  bytes.write(octal(size, 11), 124);
  bytes.write(octal(0, 11), 136);
  bytes.write(' '.repeat(8), 148);
  bytes.write(type, 156);
  bytes.write('ustar\u000000', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
}

function octal(number: number, digits: number): string {
  return number.toString(8).padStart(digits, '0');
}
