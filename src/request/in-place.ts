import { LatchkeyError } from '../errors.ts';
import { IN_PLACE_VARIABLE_PREFIX, PREFIX } from '../names.ts';
import { printable, quoted } from '../quote.ts';
import type { PlacedContainer } from './containers.ts';
import { isContainerVariableName, isHiddenVariableName } from './env-names.ts';
import { readInPlaceAnnotation } from './in-place-annotation.ts';
import { asksInPlace, readDeliveredValue, readInPlaceValue } from './in-place-value.ts';
import type { InPlaceValue } from './in-place-value.ts';
import { isOurContainer, isOurVariable } from './ours.ts';
import type { InPlace, Place, Slot } from './plan.ts';
import type { EnvVar, Pod } from './pod.ts';
import type { Problems } from './problems.ts';
import { attempt, problemAt } from './problems.ts';
import { hiddenVariable, slotLabel } from './slot.ts';

const ANNOTATION = `${PREFIX}in-place`;
/** The API server's rule for container names; reviews come before it is checked. */
const CONTAINER_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** One container while its variables are read. */
interface Reading {
  readonly placed: PlacedContainer;
  /** What the annotation says about this container. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  /** Whether the pod's status says that `plaintext` delivered: then ours may be literal values. */
  readonly literal: boolean;
  readonly byName: ReadonlyMap<string, readonly EnvVar[]>;
}

function slotOf(reading: Reading, variable: string, index: number): Slot {
  return { kind: 'in-place', container: reading.placed.container.name, variable, index };
}

function isOurs(reading: Reading, entry: EnvVar, slot: Slot): boolean {
  return isOurVariable(entry, slot) || (reading.literal && entry.valueFrom === undefined);
}

function carriesHidden(reading: Reading, variable: string, index: number): boolean {
  const entries = reading.byName.get(hiddenVariable(variable, index)) ?? [];
  return entries.some((entry) => isOurs(reading, entry, slotOf(reading, variable, index)));
}

/** What an entry that an earlier round wrote asked for; `undefined` when it is not ours. */
function restored(reading: Reading, entry: EnvVar): InPlaceValue | undefined {
  const references = reading.told.get(entry.name);
  if (references === undefined) return undefined;
  const pieces =
    entry.value === undefined ? undefined : readDeliveredValue(entry.value, entry.name, references.length);
  if (pieces !== undefined && references.every((_, index) => carriesHidden(reading, entry.name, index))) {
    return { pieces, references };
  }
  const pure = references.length === 1 && isOurs(reading, entry, slotOf(reading, entry.name, 0));
  return pure ? { pieces: [0], references } : undefined;
}

function checkNames(reading: Reading, variable: string): void {
  const { name } = reading.placed.container;
  if (!CONTAINER_NAME.test(name)) {
    throw new LatchkeyError(
      'LK-NAME',
      `${quoted(name)} is no container name`,
      'Use lower-case letters, digits and -.',
    );
  }
  if (!isContainerVariableName(variable)) {
    throw new LatchkeyError(
      'LK-NAME',
      'a variable of this name cannot take a reference in place',
      'Use letters, digits, _ . and - in its name, not beginning with a digit.',
    );
  }
  if ((reading.byName.get(variable) ?? []).length > 1) {
    throw new LatchkeyError(
      'LK-CONFLICT',
      `the container sets ${quoted(variable)} more than once`,
      'Keep the entry that you mean.',
    );
  }
}

/** A hidden variable's name that the container uses for something else would change what the value says. */
function checkHidden(reading: Reading, variable: string, value: InPlaceValue): void {
  const pure = value.pieces.length === 1;
  const taken = value.references.findIndex((_, index) => {
    const entries = reading.byName.get(hiddenVariable(variable, index)) ?? [];
    return !pure && entries.some((entry) => !isOurs(reading, entry, slotOf(reading, variable, index)));
  });
  if (taken === -1) return;
  throw new LatchkeyError(
    'LK-RESERVED',
    `the container sets ${quoted(hiddenVariable(variable, taken))}, which is Latchkey's own name`,
    'Rename that variable.',
  );
}

function checkNotHidden(variable: string): void {
  if (!isHiddenVariableName(variable)) return;
  throw new LatchkeyError(
    'LK-RESERVED',
    `names that begin with ${IN_PLACE_VARIABLE_PREFIX} are Latchkey's own`,
    'Rename that variable.',
  );
}

function readEntry(reading: Reading, entry: EnvVar, place: Place): InPlace | undefined {
  const written = entry.value === undefined ? undefined : readInPlaceValue(entry.value);
  const found = written ?? restored(reading, entry);
  if (found === undefined) return undefined;
  checkNotHidden(entry.name);
  checkNames(reading, entry.name);
  checkHidden(reading, entry.name, found);
  return { container: reading.placed.container.name, variable: entry.name, ...found, place };
}

/** Plaintext leaves an optional variable without a value out altogether; the annotation is all that is left of it. */
function leftOut(reading: Reading): readonly InPlace[] {
  if (!reading.literal) return [];
  const container = reading.placed.container.name;
  return [...reading.told].flatMap(([variable, references]): readonly InPlace[] => {
    if (reading.byName.has(variable) || references.length !== 1 || !isContainerVariableName(variable))
      return [];
    const label = slotLabel({ kind: 'in-place', container, variable, index: 0 });
    return [
      {
        container,
        variable,
        pieces: [0],
        references,
        place: { label, field: `${reading.placed.field}.env` },
      },
    ];
  });
}

function entriesByName(entries: readonly EnvVar[]): ReadonlyMap<string, readonly EnvVar[]> {
  const byName = new Map<string, EnvVar[]>();
  for (const entry of entries) {
    const same = byName.get(entry.name);
    if (same === undefined) byName.set(entry.name, [entry]);
    else same.push(entry);
  }
  return byName;
}

function readContainer(reading: Reading, problems: Problems): readonly InPlace[] {
  const { container, field } = reading.placed;
  const found: InPlace[] = [];
  for (const [index, entry] of (container.env ?? []).entries()) {
    const place = {
      label: `container ${printable(container.name)}, env ${printable(entry.name)}`,
      field: `${field}.env[${index}].value`,
    };
    const inPlace = attempt(problems, place, () => readEntry(reading, entry, place));
    if (inPlace !== undefined) found.push(inPlace);
  }
  // By name: where a variable that was left out stood is not known any more.
  return [...found, ...leftOut(reading)].sort((a, b) => (a.variable < b.variable ? -1 : 1));
}

/** What we write into our own containers never asks; one that does was made by somebody else, who would get the text. */
function checkOurs({ spec }: Pod, problems: Problems): void {
  for (const container of [...(spec.initContainers ?? []), ...spec.containers].filter(isOurContainer)) {
    const asking = container.env?.find(({ value }) => value !== undefined && asksInPlace(value));
    if (asking === undefined) continue;
    const label = `container ${container.name}, env ${printable(asking.name)}`;
    const error = new LatchkeyError(
      'LK-RESERVED',
      "a container of this name is Latchkey's own and takes no reference",
      'Rename the container.',
    );
    problems.push(problemAt({ label, field: 'spec.containers' }, error));
  }
}

/**
 * The variables that ask in place, in normal form: the same whether they still hold the reference or already what an
 * earlier round wrote. Entries that cannot be read are problems of their own.
 *
 * @param literal whether `plaintext` delivered this pod before
 */
export function readInPlace(
  pod: Pod,
  containers: readonly PlacedContainer[],
  literal: boolean,
  problems: Problems,
): readonly InPlace[] {
  const told = readInPlaceAnnotation(pod.metadata.annotations?.[ANNOTATION] ?? '');
  checkOurs(pod, problems);
  return containers.flatMap((placed) => {
    const { name, env = [] } = placed.container;
    const reading = {
      placed,
      told: told.get(name) ?? new Map<string, readonly string[]>(),
      literal,
      byName: entriesByName(env),
    };
    return readContainer(reading, problems);
  });
}
