// A container's variables, as the kubelet makes them at each start.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expand } from '../../delivery/kubelet-expand.ts';
import { readKubeletEnvFile } from '../../support/kubelet-env-file.ts';
import type { Api, Json } from '../support/api.ts';
import { fieldOf } from './pod-field.ts';

/** The container waits in CreateContainerConfigError, and it is tried again. */
export class NotConfigurable extends Error {}

export interface EnvContext {
  readonly api: Api;
  /** With `status.podIP`. */
  readonly pod: Json;
  readonly apiServerIP: string;
  /** Where a volume's files are on this machine. */
  readonly volumeDirectory: (name: string) => string;
}

/** @throws NotConfigurable where an object, a key or an env file is missing */
export async function containerEnv(
  container: Json,
  context: EnvContext,
): Promise<Readonly<Record<string, string>>> {
  const { metadata } = context.pod;
  const variables = new Map<string, string>([
    ['HOSTNAME', metadata.name],
    // Those of the Service `kubernetes` are there whatever enableServiceLinks says; others are not made here.
    ['KUBERNETES_SERVICE_HOST', context.apiServerIP],
    ['KUBERNETES_SERVICE_PORT', '443'],
  ]);
  for (const { prefix = '', secretRef, configMapRef } of container.envFrom ?? []) {
    const resource = secretRef === undefined ? 'configmaps' : 'secrets';
    const data = await objectData(resource, secretRef ?? configMapRef, context);
    for (const [key, value] of data ?? []) variables.set(`${prefix}${key}`, value);
  }
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) {
      variables.set(name, expand(value, variables));
      continue;
    }
    const found = await valueOf(valueFrom, container, context);
    if (found !== undefined) variables.set(name, found);
  }
  return Object.fromEntries(variables);
}

async function valueOf(from: Json, container: Json, context: EnvContext): Promise<string | undefined> {
  const { fieldRef, secretKeyRef, configMapKeyRef, resourceFieldRef, fileKeyRef } = from;
  if (fieldRef !== undefined) return fieldOf(context.pod, fieldRef.fieldPath);
  if (fileKeyRef !== undefined) return await envFileValue(fileKeyRef, context);
  if (resourceFieldRef !== undefined) return resourceOf(container, resourceFieldRef);
  const keyRef = secretKeyRef ?? configMapKeyRef;
  const resource = secretKeyRef === undefined ? 'configmaps' : 'secrets';
  const data = await objectData(resource, keyRef, context);
  const value = data?.get(keyRef.key);
  if (value === undefined && keyRef.optional !== true) {
    throw new NotConfigurable(`couldn't find key ${keyRef.key} in ${resource} ${keyRef.name}`);
  }
  return value;
}

/** Undefined where it may be missing, and is. */
async function objectData(
  resource: 'secrets' | 'configmaps',
  { name, optional = false }: Json,
  { api, pod }: EnvContext,
): Promise<ReadonlyMap<string, string> | undefined> {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/${resource}/${name}`;
  const { status, body } = await api.send('GET', path);
  if (status === 404 && optional) return undefined;
  if (status !== 200) throw new NotConfigurable(`${resource} "${name}" not found`);
  const encoding = resource === 'secrets' ? 'base64' : 'utf8';
  const entries = Object.entries(body.data ?? {});
  return new Map(entries.map(([key, value]) => [key, Buffer.from(String(value), encoding).toString()]));
}

async function envFileValue(
  { volumeName, path, key, optional = false }: Json,
  { volumeDirectory }: EnvContext,
): Promise<string | undefined> {
  const file = await readFile(join(volumeDirectory(volumeName), path)).catch(() => undefined);
  const value = file && Buffer.from(readKubeletEnvFile(file, key)).toString();
  if (value !== undefined && value !== '') return value;
  if (optional) return undefined;
  throw new NotConfigurable(`environment variable key "${key}" not found in file "${path}"`);
}

/** Of its own limits and requests, as they stand there; the downward API would count in units of `divisor`. */
function resourceOf({ resources = {} }: Json, { resource }: Json): string {
  const [kind = '', name = ''] = String(resource).split(/\.(.*)/s);
  return String(resources[kind]?.[name] ?? '');
}
