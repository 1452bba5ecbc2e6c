import { VOLUME_FILES, VOLUME_PATHS } from '../names.ts';
import type { Plan, Slot } from '../request/plan.ts';
import { dataKey, slotOf } from '../request/slot.ts';
import { isRecord } from './converge.ts';
import { isOptionalItem } from './memory-slots.ts';
import { isSecretOf } from './secret-name.ts';

/** What another pod of the same revision and identity was given. */
export interface SiblingDelivery {
  readonly secretName: string;
  /** The slots that its Secret has values for, as far as the pod refers to them. */
  readonly slots: readonly Slot[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Finds a managed Secret that this very identity and plan were delivered with, in pods that run: what a pod gets while
 * AWS is away. The pods are free text; what counts is that h1 of the Secret's name verifies, which nobody without the
 * installation's key can make up.
 *
 * @param pods raw pods of the same revision
 * @param h1 from `secretIdentity`
 * @returns of the newest pod that is not being deleted and lacks nothing that the plan requires
 */
export function siblingDelivery(
  pods: readonly unknown[],
  h1: string,
  plan: Plan,
): SiblingDelivery | undefined {
  const living = pods
    .filter(isRecord)
    .filter((pod) => at(pod, 'metadata', 'deletionTimestamp') === undefined);
  const newestFirst = [...living].sort((a, b) => createdAt(b) - createdAt(a));
  for (const pod of newestFirst) {
    const delivery = deliveryOf(pod, h1, plan);
    if (delivery !== undefined) return delivery;
  }
  return undefined;
}

function createdAt(pod: Json): number {
  const time = Date.parse(String(at(pod, 'metadata', 'creationTimestamp')));
  return Number.isNaN(time) ? 0 : time;
}

function deliveryOf(pod: Json, h1: string, plan: Plan): SiblingDelivery | undefined {
  const references = [...variableReferences(pod), ...volumeReferences(pod, plan)].filter(({ name }) =>
    isSecretOf(name, h1),
  );
  const [first] = references;
  if (first === undefined) return undefined;
  const known = new Map(plan.items.map((item) => [dataKey(item.slot), item.slot]));
  const slots = new Map<string, Slot>();
  for (const reference of references.filter(({ name }) => name === first.name)) {
    const slot = known.get(reference.key) ?? slotOf(reference.key) ?? reference.file;
    if (slot !== undefined && dataKey(slot) === reference.key) slots.set(reference.key, slot);
  }
  const lacks = plan.items.some((item) => !isOptionalItem(item) && !slots.has(dataKey(item.slot)));
  return lacks ? undefined : { secretName: first.name, slots: [...slots.values()] };
}

interface Reference {
  readonly name: string;
  readonly key: string;
  /** What a volume's item says of a file whose key holds only a hash of its path. */
  readonly file?: Slot;
}

function variableReferences(pod: Json): readonly Reference[] {
  const containers = [...list(at(pod, 'spec', 'initContainers')), ...list(at(pod, 'spec', 'containers'))];
  return containers
    .flatMap((container) => list(container['env']))
    .map((entry) => at(entry, 'valueFrom', 'secretKeyRef'))
    .flatMap((ref) =>
      isRecord(ref) && ref['optional'] !== true ? [reference(ref['name'], ref['key'])] : [],
    );
}

function volumeReferences(pod: Json, plan: Plan): readonly Reference[] {
  const names = plan.volumes?.map(({ volume }) => volume) ?? [VOLUME_FILES, VOLUME_PATHS];
  return list(at(pod, 'spec', 'volumes'))
    .filter(({ name }) => names.includes(String(name)))
    .flatMap((volume) =>
      list(at(volume, 'secret', 'items')).map((item) => ({
        ...reference(at(volume, 'secret', 'secretName'), item['key']),
        file: { kind: 'file', path: String(item['path']) },
      })),
    );
}

function reference(name: unknown, key: unknown): Reference {
  return { name: String(name), key: String(key) };
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (isRecord(part) && Object.hasOwn(part, key) ? part[key] : undefined),
    value,
  );
}
