import { closedText } from '../request/kubelet-expansion.ts';
import type { InPlace } from '../request/plan.ts';
import { hiddenVariable } from '../request/slot.ts';

/**
 * The annotation `in-place`: which variables asked in place, with the references as written and nothing else of the value
 * (its text stays in the pod spec). A list, because container and variable names are the author's and may be
 * `__proto__`: `[{"container":"app","variable":"URL","references":["ssm:/db/password"]}]`.
 */
export function inPlaceText(inPlace: readonly InPlace[]): string | undefined {
  if (inPlace.length === 0) return undefined;
  return JSON.stringify(
    inPlace.map(({ container, variable, references }) => ({ container, variable, references })),
  );
}

/**
 * What stays in the pod spec of a value that mixes text and references: its text with `$(VAR)`s that keep working, and
 * `$(LK_IN_PLACE_<VAR>_<n>)` where a reference stood.
 */
export function mixedValue({ pieces, variable }: Pick<InPlace, 'pieces' | 'variable'>): string {
  return pieces
    .map((piece, index) => {
      if (typeof piece === 'number') return `$(${hiddenVariable(variable, piece)})`;
      return index === pieces.length - 1 ? piece : closedText(piece);
    })
    .join('');
}
