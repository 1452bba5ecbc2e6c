// From the API server's JSON to the few fields that Latchkey reads. What does not fit is undefined, never a guess.

import type { Node, ObjectMeta, ObjectReference } from './kubernetes.ts';
import { record } from './json.ts';

/** The metadata of an object, or undefined for what is none. */
export function objectMeta(body: unknown): ObjectMeta | undefined {
  const { name, namespace, uid, labels, annotations, ownerReferences } = record(record(body)['metadata']);
  if (typeof name !== 'string' || typeof uid !== 'string' || name === '' || uid === '') return undefined;
  const controller = controllerOf(ownerReferences);
  return {
    name,
    uid,
    labels: strings(labels),
    annotations: strings(annotations),
    ...(typeof namespace === 'string' ? { namespace } : {}),
    ...(controller === undefined ? {} : { controller }),
  };
}

function controllerOf(owners: unknown): ObjectReference | undefined {
  const list: readonly unknown[] = Array.isArray(owners) ? owners : [];
  const { apiVersion, kind, name, uid } = record(list.find((owner) => record(owner)['controller'] === true));
  const isWhole = [apiVersion, kind, name, uid].every((part) => typeof part === 'string' && part !== '');
  return isWhole
    ? { apiVersion: String(apiVersion), kind: String(kind), name: String(name), uid: String(uid) }
    : undefined;
}

export function node(item: unknown): Node | undefined {
  const meta = objectMeta(item);
  const { spec, status } = record(item);
  const { nodeInfo, conditions } = record(status);
  const { kubeletVersion, operatingSystem } = record(nodeInfo);
  if (meta === undefined) return undefined;
  return {
    name: meta.name,
    labels: meta.labels,
    // A node that has just registered has no nodeInfo yet; it is not ready then.
    kubeletVersion: typeof kubeletVersion === 'string' ? kubeletVersion : '',
    operatingSystem: typeof operatingSystem === 'string' ? operatingSystem : '',
    ready: Array.isArray(conditions) && conditions.some(isReady),
    cordoned: record(spec)['unschedulable'] === true,
  };
}

/** The items of a list and where the next page begins. */
export function page(
  body: unknown,
): { readonly items: readonly unknown[]; readonly next?: string } | undefined {
  const { items: listed, metadata } = record(body);
  // An empty list of metadata is `null` to the API server.
  const items: unknown = listed === null ? [] : listed;
  if (!Array.isArray(items)) return undefined;
  const next = record(metadata)['continue'];
  return { items, ...(typeof next === 'string' && next !== '' ? { next } : {}) };
}

/**
 * The version whose features are on. With `--emulated-version` an API server behaves as an older one than it is.
 * Some providers write the minor as `30+`.
 */
export function serverVersion(body: unknown): { readonly major: number; readonly minor: number } | undefined {
  const { major, minor, emulationMajor, emulationMinor } = record(body);
  return pair(emulationMajor, emulationMinor) ?? pair(major, minor);
}

function pair(
  major: unknown,
  minor: unknown,
): { readonly major: number; readonly minor: number } | undefined {
  const [a, b] = [major, minor].map((text) =>
    typeof text === 'string' ? /^(\d{1,4})\+?$/.exec(text)?.[1] : undefined,
  );
  return a === undefined || b === undefined ? undefined : { major: Number(a), minor: Number(b) };
}

function isReady(condition: unknown): boolean {
  const { type, status } = record(condition);
  return type === 'Ready' && status === 'True';
}

/** Its string entries, on an object without a prototype: `constructor` is a label like any other. */
function strings(value: unknown): Readonly<Record<string, string>> {
  const own: Record<string, string> = Object.create(null);
  for (const [key, text] of Object.entries(record(value))) {
    if (typeof text === 'string') own[key] = text;
  }
  return own;
}
