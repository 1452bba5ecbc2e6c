// Patches of kustomize change what is converted after it was converted: neither they nor what they touch can be.

import { dirname, normalize } from 'node:path';

import { readDocuments } from '../manifests/documents.ts';
import type { Path } from '../manifests/node-path.ts';
import { isRecord, type Json, type ManifestObject, recordAt, textAt } from '../manifests/objects.ts';
import { podTemplateOf } from '../manifests/pod-templates.ts';
import type { ManifestFile } from '../manifests/read-manifests.ts';
import type { Use } from './workloads/uses.ts';

/** One patch of a kustomization of the input. */
export interface Patch {
  /** The file that has it. */
  readonly file: string;
  /** Whether it changes the object. */
  targets(object: ManifestObject): boolean;
  /** Whether it changes what the use is about, in an object that it targets. */
  touches(use: Use): boolean;
}

export interface Kustomized {
  /** Files that hold patches, not objects. */
  readonly patchFiles: ReadonlySet<string>;
  readonly patches: readonly Patch[];
}

interface Written {
  readonly file: string;
  readonly value: unknown;
  readonly target: Json;
}

function isKustomization(file: ManifestFile, value: unknown): value is Json {
  if (!isRecord(value)) return false;
  const group = (textAt(value, 'apiVersion') ?? '').startsWith('kustomize.config.k8s.io/');
  return group || /(?:^|\/)kustomization\.ya?ml$/i.test(file.name);
}

function listAt(value: Json, key: string): readonly unknown[] {
  const found = value[key];
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

/** Every patch of every kustomization among the files. */
export function kustomizedBy(files: readonly ManifestFile[]): Kustomized {
  const patchFiles = new Set<string>();
  const patches = files.flatMap((file) =>
    file.documents.flatMap(({ value }) =>
      isKustomization(file, value) ? writtenPatches(file, value, files, patchFiles) : [],
    ),
  );
  return { patchFiles, patches: patches.map(patchOf) };
}

function writtenPatches(
  file: ManifestFile,
  kustomization: Json,
  files: readonly ManifestFile[],
  patchFiles: Set<string>,
): readonly Written[] {
  const entries = [
    ...listAt(kustomization, 'patches'),
    ...listAt(kustomization, 'patchesJson6902'),
    ...listAt(kustomization, 'patchesStrategicMerge').map((entry) =>
      typeof entry === 'string' && entry.includes('\n') ? { patch: entry } : { path: entry },
    ),
  ];
  return entries.flatMap((entry): readonly Written[] => {
    const target = recordAt(entry, 'target');
    const inline = textAt(entry, 'patch');
    if (inline !== undefined)
      return readDocuments(inline, file.name).documents.map(({ value }) => ({
        file: file.name,
        value,
        target,
      }));
    const path = textAt(entry, 'path');
    const name = path === undefined ? undefined : normalize(`${dirname(file.name)}/${path}`);
    const found = files.find((each) => normalize(each.name) === name);
    if (found === undefined) return [];
    patchFiles.add(found.name);
    return found.documents.map(({ value }) => ({ file: found.name, value, target }));
  });
}

/** kustomize takes names of targets for expressions over the whole name. */
function matches(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined || pattern === '' || pattern === text) return true;
  // Whether an expression matches need not be known: one that may is taken to.
  return /[\\^$.|?*+()[\]{}]/.test(pattern);
}

function patchOf({ file, value, target }: Written): Patch {
  const wanted = Object.keys(target).length > 0 ? target : { kind: kindOf(value), name: nameOf(value) };
  return {
    file,
    targets: (object) =>
      matches(textAt(wanted, 'kind'), object.kind) && matches(textAt(wanted, 'name'), object.name),
    touches: (use) => (Array.isArray(value) ? countsEntries(value) : mentions(value, use)),
  };
}

function kindOf(value: unknown): unknown {
  return isRecord(value) ? value['kind'] : undefined;
}

function nameOf(value: unknown): string | undefined {
  return textAt(recordAt(value, 'metadata'), 'name');
}

/** A JSON patch names entries of lists by their numbers, which change when others go. */
function countsEntries(operations: readonly unknown[]): boolean {
  return operations.some((operation) =>
    /\/(?:env|envFrom|volumes|volumeMounts)(?:\/|$)|\/(?:initC|c)ontainers\/\d+$/.test(
      textAt(operation, 'path') ?? '',
    ),
  );
}

function named(list: unknown, name: string): unknown {
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  return entries.find((entry) => textAt(entry, 'name') === name);
}

/** A strategic merge goes by names. */
function mentions(value: unknown, use: Use): boolean {
  if (!isRecord(value)) return true;
  const spec = recordAt(templateOf(value), 'spec');
  if (use.kind === 'other') return false;
  if (use.kind === 'volume') {
    const containers = [spec['initContainers'], spec['containers']].flat();
    return (
      named(spec['volumes'], use.name) !== undefined ||
      containers.some(
        (container) => isRecord(container) && named(container['volumeMounts'], use.name) !== undefined,
      )
    );
  }
  const container = named([spec['initContainers'], spec['containers']].flat(), use.container.name);
  if (!isRecord(container)) return false;
  return use.kind === 'variable'
    ? named(container['env'], use.name) !== undefined
    : container['envFrom'] !== undefined;
}

/** The pod template of a patch, which names its kind or leaves that to its target. */
function templateOf(value: Json): Json {
  const object = {
    apiVersion: textAt(value, 'apiVersion') ?? '',
    kind: textAt(value, 'kind') ?? '',
    name: '',
    value,
  };
  const found = podTemplateOf(object)?.value;
  if (found !== undefined) return found;
  const paths: readonly Path[] = [['spec', 'jobTemplate', 'spec', 'template'], ['spec', 'template'], []];
  const path = paths.find((each) => isRecord(at(value, each))) ?? [];
  const fallback = at(value, path);
  return isRecord(fallback) ? fallback : value;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((found, step) => (isRecord(found) ? found[String(step)] : undefined), value);
}
