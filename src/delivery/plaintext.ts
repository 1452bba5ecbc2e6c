import type { Problem } from '../errors.ts';
import type { Filled } from '../request/evaluate.ts';
import { isOurVariable } from '../request/ours.ts';
import type { Plan, Slot } from '../request/plan.ts';
import type { EnvVar, Pod } from '../request/pod.ts';
import { dataKey, slotLabel } from '../request/slot.ts';
import type { SecretValue } from '../secret-value.ts';
import type { Delivered } from './delivery.ts';
import { deliveryAnnotations } from './delivery.ts';
import { reconcile } from './reconcile.ts';
import type { Status } from './status.ts';
import { readStatus } from './status.ts';
import { wantedContainers } from './wanted-containers.ts';

export interface PlaintextOptions {
  readonly filled: readonly Filled[];
  readonly status: Status;
}

const WARNING =
  'plaintext delivery: the values are in the pod spec, where everyone who may read pods sees them, in etcd and in audit logs';

/**
 * Delivers as `env[].value`. The only patch of Latchkey that holds values: never log its operations.
 * @returns problems LK-PLAINTEXT (a file is asked), LK-ENCODING, LK-CONFLICT, LK-RESERVED
 */
export function deliverPlaintext(pod: Pod, plan: Plan, { filled, status }: PlaintextOptions): Delivered {
  const texts = new Map(filled.map(({ slot, value }) => [dataKey(slot), variableText(value)]));
  const refused = [...fileProblems(plan), ...encodingProblems(plan, filled, texts)];
  if (refused.length > 0) return { operations: [], problems: refused, warnings: [] };
  const before = readStatus(pod.metadata.annotations);
  const isSecondReview = before?.delivery === 'plaintext' && before.plan === status.plan;
  const named = new Set(plan.items.map(({ slot }) => dataKey(slot)));
  const textOf = (slot: Slot) => texts.get(dataKey(slot));
  const containers = wantedContainers(plan, {
    slots: filled.map(({ slot }) => slot),
    mounts: [],
    write: (slot) => {
      const value = textOf(slot);
      return value === undefined ? undefined : { value };
    },
    // A text has no mark of ours. What the plan asks by name can be nothing else after a review of this same plan; against
    // a member of env-from the container's own variable wins, and only the value tells them apart.
    isOurs: (found, slot) => {
      if (!isText(found)) return isOurVariable(found, slot);
      return (isSecondReview && named.has(dataKey(slot))) || (found.value ?? '') === textOf(slot);
    },
  });
  const annotations = deliveryAnnotations(plan, { ...status, targets: plan.targets });
  const reconciled = reconcile(pod, { annotations, volumes: [], initContainers: [], containers });
  return { ...reconciled, warnings: reconciled.problems.length > 0 ? [] : [WARNING] };
}

function isText(entry: EnvVar): boolean {
  return entry.valueFrom === undefined;
}

/** The kubelet turns `$$` into `$` and expands `$(NAME)`: with every `$` doubled it changes nothing. */
function variableText(value: SecretValue): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value.reveal());
    return text.includes('\0') ? undefined : text.replaceAll('$', '$$$$');
  } catch {
    return undefined;
  }
}

function fileProblems(plan: Plan): readonly Problem[] {
  const places = [
    ...plan.items.filter(({ slot }) => slot.kind === 'file').map(({ place }) => place),
    ...plan.bulks.filter(({ kind }) => kind === 'file').map(({ place }) => place),
  ];
  return places.map(({ label, field }) => ({
    code: 'LK-PLAINTEXT',
    place: label,
    field,
    message: 'plaintext delivery has no files',
    remedy: 'Use delivery secret or memory, or ask for a variable.',
  }));
}

function encodingProblems(
  plan: Plan,
  filled: readonly Filled[],
  texts: ReadonlyMap<string, string | undefined>,
): readonly Problem[] {
  const places = new Map(plan.items.map(({ slot, place }) => [dataKey(slot), place]));
  return filled.flatMap(({ slot }): readonly Problem[] => {
    const key = dataKey(slot);
    if (slot.kind === 'file' || texts.get(key) !== undefined) return [];
    const place = places.get(key);
    return [
      {
        code: 'LK-ENCODING',
        place: place?.label ?? slotLabel(slot),
        field: place?.field ?? 'metadata.annotations[latchkey.dev/env-from]',
        message: 'the value is no text that a variable can hold',
        remedy: 'Add the option encode=base64, or take it as a file with another delivery.',
      },
    ];
  });
}
