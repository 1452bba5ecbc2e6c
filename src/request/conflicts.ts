import type { Problem } from '../errors.ts';
import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { Wish } from './annotations.ts';
import type { PlacedContainer } from './containers.ts';
import { pathConflicts } from './file-conflicts.ts';
import { isOurVariable } from './ours.ts';
import type { Item } from './plan.ts';
import type { EnvVar } from './pod.ts';
import { problemAt } from './problems.ts';

/** A variable that is asked for, and that a container sets to something else. */
export interface VariableConflict {
  readonly problem: Problem;
  /** The container's is a literal value: what `plaintext` delivery leaves behind. */
  readonly literal: boolean;
}

/** Variables and files that are asked for twice, or that cannot stand beside one another. */
export function wishConflicts(wishes: readonly Wish[]): readonly Problem[] {
  const first = new Map<string, Wish>();
  const problems: Problem[] = [];
  for (const wish of wishes) {
    if (wish.kind !== 'env') continue;
    const other = first.get(wish.name);
    if (other === undefined) first.set(wish.name, wish);
    else {
      const message = `also asked for in ${other.origin}`;
      problems.push(
        problemAt(wish.place, new LatchkeyError('LK-CONFLICT', message, 'Remove one of the two.')),
      );
    }
  }
  const files = wishes.filter(({ kind }) => kind === 'file');
  const paths = files.map(({ name, origin }) => ({ path: name, origin }));
  for (const { index, error } of pathConflicts(paths)) {
    const place = files[index]?.place;
    if (place !== undefined) problems.push(problemAt(place, error));
  }
  return problems;
}

interface Found {
  readonly entry: EnvVar;
  readonly field: string;
  readonly container: string;
}

function entriesByName(targets: readonly PlacedContainer[]): ReadonlyMap<string, readonly Found[]> {
  const byName = new Map<string, Found[]>();
  for (const { container, field } of targets) {
    for (const [index, entry] of (container.env ?? []).entries()) {
      const found = { entry, field: `${field}.env[${index}]`, container: container.name };
      const same = byName.get(entry.name);
      if (same === undefined) byName.set(entry.name, [found]);
      else same.push(found);
    }
  }
  return byName;
}

/** Left by a webhook that does not know `fileKeyRef`. It sets nothing, and the delivery names the cause. */
function isEmptied({ valueFrom }: EnvVar): boolean {
  return valueFrom !== undefined && Object.keys(valueFrom).length === 0;
}

/** Items that a target's own variable stands against; ours of an earlier round do not. */
export function variableConflicts(
  items: readonly Item[],
  targets: readonly PlacedContainer[],
): readonly VariableConflict[] {
  const byName = entriesByName(targets);
  return items.flatMap(({ slot, place }) => {
    if (slot.kind !== 'env') return [];
    const foreign = (byName.get(slot.name) ?? []).filter(
      ({ entry }) => !isOurVariable(entry, slot) && !isEmptied(entry),
    );
    return foreign.map(({ entry, field, container }) => {
      const message = `container ${quoted(container)} sets it already, in ${field}`;
      const remedy = 'Remove one of the two: a variable that is set is never overwritten.';
      const problem = problemAt(place, new LatchkeyError('LK-CONFLICT', message, remedy));
      return { problem, literal: entry.valueFrom === undefined };
    });
  });
}
