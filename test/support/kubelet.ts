// What a kubelet makes of a pod's variables and volumes, as far as Secrets go: written from Kubernetes' own rules
// (pkg/kubelet/kubelet_pods.go, pkg/volume/secret, pkg/volume/projected).

import { expand } from '../delivery/kubelet-expand.ts';

export type SecretData = ReadonlyMap<string, Uint8Array>;

/** Secrets of the pod's namespace, by name. */
export type Secrets = ReadonlyMap<string, SecretData>;

export interface MountedFile {
  readonly bytes: string;
  readonly mode: number;
}

/** What the programs of one container see. Bytes are latin1 text. */
export interface Seen {
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, MountedFile>>;
}

/** What an init container left in the pod's empty directories. */
export interface Left {
  readonly directories: ReadonlyMap<string, ReadonlyMap<string, MountedFile>>;
  /** The value of a key of an env file. */
  variable(key: string): string;
}

type Json = Readonly<Record<string, unknown>>;

const NOTHING_LEFT: Left = { directories: new Map(), variable: () => '' };

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(record) : [];
}

/** A field that Kubernetes has as text; '' where it is absent. */
function field(object: Json, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** A variable's name since Kubernetes 1.34: anything printable but `=`. */
const VARIABLE_NAME = /^[ -<>-~]+$/;

/** What each container of a pod sees; throws where one could not start. */
export function runPod(pod: unknown, secrets: Secrets, left: Left = NOTHING_LEFT): Record<string, Seen> {
  const spec = record(record(pod)['spec']);
  const volumes = new Map(
    list(spec['volumes']).map((volume) => [field(volume, 'name'), filesOf(volume, secrets, left)] as const),
  );
  const containers = [...list(spec['initContainers']), ...list(spec['containers'])];
  return Object.fromEntries(
    containers.map((container) => [
      field(container, 'name'),
      { env: variables(container, secrets, left), files: mounted(container, volumes) },
    ]),
  );
}

function secretOf(secrets: Secrets, name: unknown, optional: unknown): SecretData | undefined {
  const found = secrets.get(String(name));
  if (found === undefined && optional !== true) throw new Error(`there is no Secret ${String(name)}`);
  return found;
}

function variables(container: Json, secrets: Secrets, left: Left): Record<string, string> {
  const found = new Map<string, string>();
  for (const source of list(container['envFrom'])) {
    const reference = record(source['secretRef']);
    if (reference['name'] === undefined) continue;
    const data = secretOf(secrets, reference['name'], reference['optional']) ?? new Map();
    for (const [key, value] of data as SecretData) {
      const name = field(source, 'prefix') + key;
      if (VARIABLE_NAME.test(name)) found.set(name, text(value));
    }
  }
  for (const entry of list(container['env'])) {
    const value = valueOf(entry, found, secrets, left);
    if (value !== undefined) found.set(field(entry, 'name'), value);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function valueOf(
  entry: Json,
  known: ReadonlyMap<string, string>,
  secrets: Secrets,
  left: Left,
): string | undefined {
  const from = record(entry['valueFrom']);
  const file = record(from['fileKeyRef']);
  if (file['key'] !== undefined) return left.variable(field(file, 'key'));
  const reference = record(from['secretKeyRef']);
  if (reference['key'] === undefined) return expand(field(entry, 'value'), known);
  const value = secretOf(secrets, reference['name'], reference['optional'])?.get(field(reference, 'key'));
  if (value === undefined && reference['optional'] !== true)
    throw new Error(`there is no key ${field(reference, 'key')}`);
  return value === undefined ? undefined : text(value);
}

type Files = ReadonlyMap<string, MountedFile>;

function filesOf(volume: Json, secrets: Secrets, left: Left): Files {
  const kept = left.directories.get(field(volume, 'name'));
  if (kept !== undefined) return kept;
  const projected = record(volume['projected']);
  if (volume['projected'] !== undefined) {
    const parts = list(projected['sources']).flatMap((source) => {
      const secret = record(source['secret']);
      return secret['name'] === undefined
        ? []
        : [...secretFiles({ ...secret, secretName: secret['name'] }, projected['defaultMode'], secrets)];
    });
    return new Map(parts);
  }
  const secret = record(volume['secret']);
  return secret['secretName'] === undefined ? new Map() : secretFiles(secret, secret['defaultMode'], secrets);
}

function secretFiles(source: Json, defaultMode: unknown, secrets: Secrets): Files {
  const data = secretOf(secrets, source['secretName'], source['optional']);
  if (data === undefined) return new Map();
  const mode = Number(defaultMode ?? 0o644);
  if (source['items'] === undefined)
    return new Map([...data].map(([key, value]) => [key, { bytes: text(value), mode }]));
  const items = list(source['items']).flatMap((item) => {
    const value = data.get(field(item, 'key'));
    if (value === undefined && source['optional'] !== true)
      throw new Error(`there is no key ${field(item, 'key')}`);
    const file = value && { bytes: text(value), mode: Number(item['mode'] ?? mode) };
    return file === undefined ? [] : [[field(item, 'path'), file] as const];
  });
  return new Map(items);
}

function mounted(container: Json, volumes: ReadonlyMap<string, Files>): Record<string, MountedFile> {
  const found = list(container['volumeMounts']).flatMap((mount) => {
    const files = volumes.get(field(mount, 'name')) ?? new Map<string, MountedFile>();
    const root = field(mount, 'mountPath').replace(/\/+$/, '');
    const subPath = field(mount, 'subPath');
    return [...files].flatMap(([path, file]) => {
      if (subPath === '') return [[`${root}/${path}`, file] as const];
      if (path === subPath) return [[root, file] as const];
      return path.startsWith(`${subPath}/`) ? [[root + path.slice(subPath.length), file] as const] : [];
    });
  });
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}
