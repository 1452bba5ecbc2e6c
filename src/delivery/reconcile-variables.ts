import type { Problem } from '../errors.ts';
import { IN_PLACE_PREFIX, VOLUME_ENV } from '../names.ts';
import { printable, quoted } from '../quote.ts';
import type { EnvVar } from '../request/pod.ts';
import type { Slot } from '../request/plan.ts';
import { hiddenVariable, slotOf } from '../request/slot.ts';
import { converge } from './converge.ts';
import type { WantedContainer, WantedInPlace, WantedVariable } from './desired.ts';
import { readSecretName } from './secret-name.ts';
import type { ListEdit } from './operations.ts';

type Env = ListEdit<EnvVar>;

/**
 * Puts variables before the container's own (so that `$(NAME)` in those resolves), replaces in-place entries where they
 * stand, and takes away what an earlier delivery left that nobody asks for any more.
 */
export function reconcileVariables(env: Env, wanted: WantedContainer, container: string): readonly Problem[] {
  const problems: Problem[] = [];
  let front = 0;
  for (const variable of wanted.variables) {
    const placed = place(env, variable, { front, container });
    front = placed.front;
    if (placed.problem !== undefined) problems.push(placed.problem);
  }
  const inPlace = wanted.inPlace.flatMap((entry) => putInPlace(env, entry, container));
  return [...problems, ...inPlace, ...removeStale(env, wanted, container)];
}

interface Placed {
  /** Where the next variable goes if the container has none of its name. */
  readonly front: number;
  readonly problem?: Problem;
}

function place(
  env: Env,
  wanted: WantedVariable,
  { front, container }: { readonly front: number; readonly container: string },
): Placed {
  const { name } = wanted.entry;
  const ours = env.now.findIndex((entry) => entry.name === name && wanted.isOurs(entry));
  const foreign = env.now.some((entry) => entry.name === name && !wanted.isOurs(entry));
  // The last entry of a name wins, so ours would be without effect.
  if (foreign)
    return wanted.place === undefined ? { front } : { front, problem: conflict(wanted, container) };
  if (ours === -1) {
    env.insert(front, wanted.entry);
    return { front: front + 1 };
  }
  update(env, ours, wanted.entry);
  return { front: ours + 1 };
}

function conflict({ entry, place }: WantedVariable, container: string): Problem {
  return {
    code: 'LK-CONFLICT',
    place: place?.label ?? '',
    field: place?.field ?? '',
    message: `container ${quoted(container)} sets the variable ${quoted(entry.name)} itself`,
    remedy: "Remove it from the container's env, or from the annotation.",
  };
}

/** Brings one entry of ours up to date: in the smallest steps, because patches are audited. */
function update(env: Env, index: number, entry: EnvVar): void {
  const found = env.now[index];
  if (found === undefined) return;
  // A variable has a text or a source, never both: another delivery's entry is replaced as a whole.
  if ((found.valueFrom === undefined) !== (entry.valueFrom === undefined)) env.replace(index, entry);
  else env.within(converge(env.at(index), { ...entry }, { ...found }));
}

function putInPlace(env: Env, wanted: WantedInPlace, container: string): readonly Problem[] {
  const { variable, entry } = wanted;
  const isAsking = (found: EnvVar) => found.value?.includes(IN_PLACE_PREFIX) === true || wanted.isOurs(found);
  const index = env.now.findIndex((found) => found.name === variable && isAsking(found));
  const found = env.now[index];
  if (found === undefined) {
    if (env.now.some(({ name }) => name === variable)) return [changed(wanted, container)];
    if (entry !== undefined) env.append(entry);
  } else if (entry === undefined) {
    env.remove(index);
  } else if (wanted.isOurs(found)) {
    update(env, index, entry);
  } else {
    replaceAsking(env, index, entry);
  }
  return [];
}

function replaceAsking(env: Env, index: number, entry: EnvVar): void {
  if (entry.valueFrom !== undefined) env.replace(index, entry);
  else env.within([{ op: 'replace', path: `${env.at(index)}/value`, value: entry.value ?? '' }]);
}

function changed({ place }: WantedInPlace, container: string): Problem {
  return {
    code: 'LK-CONFLICT',
    place: place.label,
    field: place.field,
    message: `the variable of container ${quoted(container)} no longer holds the reference that the pod's annotation in-place tells of`,
    remedy: 'Write the reference into the value again, or remove the annotation latchkey.dev/in-place.',
  };
}

/** Variables of an earlier delivery (in a copy of an injected pod) that the plan does not ask for. */
function removeStale(env: Env, wanted: WantedContainer, container: string): readonly Problem[] {
  const asked = new Set([
    ...wanted.variables.map(({ entry }) => entry.name),
    ...wanted.inPlace.map(({ variable }) => variable),
  ]);
  const problems: Problem[] = [];
  for (let index = env.now.length - 1; index >= 0; index -= 1) {
    const entry = env.now[index];
    const slot = entry === undefined || asked.has(entry.name) ? undefined : leftover(entry, container);
    if (slot?.kind === 'env') env.remove(index);
    if (slot?.kind === 'in-place') problems.push(orphan(slot.variable, container));
  }
  return problems;
}

/** The slot that a variable of ours was written for; nobody can guess the names of managed Secrets. */
function leftover(entry: EnvVar, container: string): Slot | undefined {
  const slot = slotOf(ourKey(entry) ?? '');
  return slot !== undefined && namesOf(slot, container).includes(entry.name) ? slot : undefined;
}

function ourKey({ valueFrom: { secretKeyRef, fileKeyRef } = {} }: EnvVar): string | undefined {
  if (readSecretName(secretKeyRef?.name ?? '') !== undefined) return secretKeyRef?.key;
  return fileKeyRef?.volumeName === VOLUME_ENV ? fileKeyRef.key : undefined;
}

/** What a variable for this slot is called in this container. */
function namesOf(slot: Slot, container: string): readonly string[] {
  if (slot.kind === 'env') return [slot.name];
  if (slot.kind === 'file' || slot.container !== container) return [];
  return [slot.variable, hiddenVariable(slot.variable, slot.index)];
}

/** What the author wanted there cannot be told: the reference itself is gone. */
function orphan(variable: string, container: string): Problem {
  return {
    code: 'LK-RESERVED',
    place: `container ${printable(container)}, env ${printable(variable)}`,
    field: 'metadata.annotations[latchkey.dev/in-place]',
    message: 'the variable was delivered in place to another pod, and this pod does not say what it asks for',
    remedy: 'Write the reference into the value again, as in "latchkey:ssm:/name", or remove the variable.',
  };
}
