// What is in a pod's volumes, as the kubelet puts it together.

import type { Api, Json } from '../support/api.ts';
import type { TokenSource } from './service-account-token.ts';
import { fieldOf } from './pod-field.ts';

export interface VolumeFile {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

/** By path below the volume's root. */
export type VolumeContent = ReadonlyMap<string, VolumeFile>;

/** The pod waits in ContainerCreating, and it is tried again. */
export class NotMountable extends Error {}

export interface VolumeContext {
  readonly api: Api;
  readonly pod: Json;
  readonly tokens: TokenSource;
}

const DEFAULT_MODE = 0o644;

/**
 * Undefined for an emptyDir, which nobody but its pod writes.
 * @throws NotMountable where a Secret, a ConfigMap or one of the keys that are listed is missing
 */
export async function volumeContent(
  volume: Json,
  context: VolumeContext,
): Promise<VolumeContent | undefined> {
  if (volume.emptyDir !== undefined) return undefined;
  if (volume.projected !== undefined) {
    const { sources = [], defaultMode = DEFAULT_MODE } = volume.projected;
    const all = new Map<string, VolumeFile>();
    for (const source of sources as Json[]) {
      const content = await sourceContent(source, { ...context, defaultMode });
      for (const [path, file] of content) all.set(path, file);
    }
    return all;
  }
  const { secret, configMap, downwardAPI } = volume;
  const source =
    (secret && { secret: { ...secret, name: secret.secretName } }) ??
    (configMap && { configMap }) ??
    (downwardAPI && { downwardAPI });
  if (source === undefined) throw new NotMountable(`volume ${volume.name}: this node has no such kind`);
  const { defaultMode = DEFAULT_MODE } = secret ?? configMap ?? downwardAPI;
  return await sourceContent(source, { ...context, defaultMode });
}

type SourceContext = VolumeContext & { readonly defaultMode: number };

async function sourceContent(source: Json, context: SourceContext): Promise<VolumeContent> {
  const { secret, configMap, downwardAPI, serviceAccountToken } = source;
  if (secret !== undefined) return await objectContent('secrets', secret, context);
  if (configMap !== undefined) return await objectContent('configmaps', configMap, context);
  const mode = context.defaultMode;
  if (serviceAccountToken !== undefined) {
    const bytes = Buffer.from(await context.tokens(serviceAccountToken));
    // Readable by whoever the pod runs as.
    return new Map([[serviceAccountToken.path, { bytes, mode: 0o644 }]]);
  }
  const items: readonly Json[] = downwardAPI?.items ?? [];
  return new Map(
    items.map((item) => {
      const bytes = Buffer.from(fieldOf(context.pod, item.fieldRef.fieldPath));
      return [item.path, { bytes, mode: item.mode ?? mode }];
    }),
  );
}

async function objectContent(
  resource: 'secrets' | 'configmaps',
  { name, items, optional = false }: Json,
  { api, pod, defaultMode }: SourceContext,
): Promise<VolumeContent> {
  const { status, body } = await api.send(
    'GET',
    `/api/v1/namespaces/${pod.metadata.namespace}/${resource}/${name}`,
  );
  if (status === 404 && optional) return new Map();
  if (status !== 200) throw new NotMountable(`${resource} "${name}" not found`);
  const data = dataOf(resource, body);
  const wanted: readonly Json[] = items ?? [...data.keys()].map((key) => ({ key, path: key }));
  const files = new Map<string, VolumeFile>();
  for (const { key, path, mode = defaultMode } of wanted) {
    const bytes = data.get(key);
    if (bytes !== undefined) files.set(path, { bytes, mode });
    else if (!optional) throw new NotMountable(`${resource} "${name}" has no key "${key}"`);
  }
  return files;
}

function dataOf(resource: 'secrets' | 'configmaps', object: Json): ReadonlyMap<string, Uint8Array> {
  const decoded = (fields: object, encoding: BufferEncoding) =>
    Object.entries(fields).map(([key, value]) => [key, Buffer.from(String(value), encoding)] as const);
  return new Map(
    resource === 'secrets'
      ? decoded(object.data ?? {}, 'base64')
      : [...decoded(object.data ?? {}, 'utf8'), ...decoded(object.binaryData ?? {}, 'base64')],
  );
}
