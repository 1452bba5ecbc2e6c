import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

import { UsageError } from '../config/usage-error.ts';
import { quoted } from '../quote.ts';
import { type ManifestDocument, readDocuments } from './documents.ts';
import type { Finding } from './finding.ts';
import { type ManifestObject, objectsOf } from './objects.ts';
import { readNamedFile } from './read-named-file.ts';
import { readStandardInput } from './standard-input.ts';

/** A file of manifests, or standard input. */
export interface ManifestFile {
  /** As the user named it; `-` for standard input. */
  readonly name: string;
  readonly text: string;
  /** Those that could be read. */
  readonly documents: readonly ManifestDocument[];
}

export interface Manifests {
  /** In the order in which they were named, those of a directory by name. */
  readonly files: readonly ManifestFile[];
  readonly objects: readonly ManifestObject[];
  /** Documents that could not be read. */
  readonly findings: readonly Finding[];
}

/** What stands for standard input. */
export const STDIN = '-';
const MAX_STDIN_BYTES = 32 * 1024 * 1024;
const MAX_FILES = 10_000;

/**
 * Reads the files, directories (`.yaml`, `.yml` and `.json` at any depth, by name) and `-` that a command was given.
 *
 * @throws UsageError when something is not there or not readable
 */
export async function readManifests(names: readonly string[], stdin: Readable): Promise<Manifests> {
  const files: ManifestFile[] = [];
  const objects: ManifestObject[] = [];
  const findings: Finding[] = [];
  const twice = names.filter((name) => name === STDIN).length > 1;
  if (twice) throw new UsageError(['--filename - is given twice, but standard input can be read once only']);
  for (const file of await manifestFiles(names)) {
    const text = file === STDIN ? await readAll(stdin) : await readNamedFile(file);
    const read = readDocuments(text, file);
    files.push({ name: file, text, documents: read.documents });
    findings.push(...read.findings);
    for (const document of read.documents) objects.push(...objectsOf(document));
  }
  return { files, objects, findings };
}

/** The files that these names stand for: themselves, and the manifests below directories. @throws UsageError */
export async function manifestFiles(names: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of names) {
    if (name !== STDIN && (await isDirectory(name))) files.push(...(await manifestsBelow(name)));
    else files.push(name);
  }
  return files;
}

async function isDirectory(name: string): Promise<boolean> {
  try {
    return (await stat(name)).isDirectory();
  } catch {
    throw new UsageError([`${quoted(name)} is not there or not readable`]);
  }
}

async function manifestsBelow(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.(?:ya?ml|json)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length > MAX_FILES)
    throw new UsageError([`${quoted(directory)} holds more than ${String(MAX_FILES)} manifests`]);
  return files;
}

async function readAll(stdin: Readable): Promise<string> {
  const bytes = await readStandardInput(stdin, MAX_STDIN_BYTES, 'standard input holds more than 32 MiB');
  return bytes.toString('utf8');
}
