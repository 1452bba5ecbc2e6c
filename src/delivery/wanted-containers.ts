import { isPureInPlace } from '../request/in-place-value.ts';
import type { InPlace, Item, Place, Plan, Slot } from '../request/plan.ts';
import type { EnvVar, VolumeMount } from '../request/pod.ts';
import { dataKey, hiddenVariable } from '../request/slot.ts';
import type { WantedContainer, WantedInPlace, WantedVariable } from './desired.ts';
import { mixedValue } from './in-place-text.ts';

/** How one delivery writes the value of a slot into a variable. */
export interface Writing {
  /** The slots that the pod gets, each once. */
  readonly slots: readonly Slot[];
  /** `undefined`: this slot has no value, and the delivery cannot leave that to the kubelet. */
  readonly write: (slot: Slot) => Omit<EnvVar, 'name'> | undefined;
  /** Whether an earlier review of ours wrote this entry for this slot. */
  readonly isOurs: (found: EnvVar, slot: Slot) => boolean;
  readonly mounts: readonly VolumeMount[];
}

/** What each container of the plan is to have: variables and mounts for the targets, in-place values where they stand. */
export function wantedContainers(plan: Plan, writing: Writing): ReadonlyMap<string, WantedContainer> {
  const items = new Map(plan.items.map((item) => [dataKey(item.slot), item]));
  const shared = sharedVariables(items, writing);
  const wanted = new Map<string, WantedContainer>(
    plan.targets.map((name) => [name, { variables: shared, inPlace: [], mounts: writing.mounts }]),
  );
  for (const inPlace of plan.inPlace) {
    const before = wanted.get(inPlace.container) ?? { variables: [], inPlace: [], mounts: [] };
    const { entry, hidden } = wantedInPlace(inPlace, writing);
    wanted.set(inPlace.container, {
      variables: [...before.variables, ...hidden].sort(byName),
      inPlace: [...before.inPlace, entry],
      mounts: before.mounts,
    });
  }
  return wanted;
}

function sharedVariables(items: ReadonlyMap<string, Item>, writing: Writing): readonly WantedVariable[] {
  return writing.slots
    .flatMap((slot): readonly WantedVariable[] => {
      if (slot.kind !== 'env') return [];
      const item = items.get(dataKey(slot));
      const written = writing.write(slot);
      return written === undefined
        ? []
        : [variable(slot.name, written, { slot, place: item?.place, writing })];
    })
    .sort(byName);
}

function variable(
  name: string,
  written: Omit<EnvVar, 'name'>,
  {
    slot,
    place,
    writing,
  }: { readonly slot: Slot; readonly place: Place | undefined; readonly writing: Writing },
): WantedVariable {
  return {
    entry: { name, ...written },
    isOurs: (found) => writing.isOurs(found, slot),
    ...(place === undefined ? {} : { place }),
  };
}

interface InPlaceParts {
  readonly entry: WantedInPlace;
  readonly hidden: readonly WantedVariable[];
}

function wantedInPlace(inPlace: InPlace, writing: Writing): InPlaceParts {
  const { variable: name, container, place, pieces } = inPlace;
  const slots = pieces
    .filter((piece) => typeof piece === 'number')
    .map((index) => ({ kind: 'in-place', container, variable: name, index }) as const);
  const [only] = slots;
  if (isPureInPlace(inPlace) && only !== undefined) return pure(inPlace, only, writing);
  const value = mixedValue(inPlace);
  const hidden = slots.flatMap((slot): readonly WantedVariable[] => {
    const written = writing.write(slot);
    return written === undefined
      ? []
      : [variable(hiddenVariable(name, slot.index), written, { slot, place, writing })];
  });
  const isOurs = (found: EnvVar) => found.value === value;
  return { entry: { variable: name, place, isOurs, entry: { name, value } }, hidden };
}

function pure({ variable: name, place }: InPlace, slot: Slot, writing: Writing): InPlaceParts {
  const written = writing.write(slot);
  const base = { variable: name, place, isOurs: (found: EnvVar) => writing.isOurs(found, slot) };
  return { entry: written === undefined ? base : { ...base, entry: { name, ...written } }, hidden: [] };
}

/** Code-unit order: the same on every machine. */
function byName(a: WantedVariable, b: WantedVariable): number {
  if (a.entry.name === b.entry.name) return 0;
  return a.entry.name < b.entry.name ? -1 : 1;
}
