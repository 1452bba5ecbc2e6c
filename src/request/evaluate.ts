import type { Problem } from '../errors.ts';
import { LatchkeyError } from '../errors.ts';
import { SecretValue } from '../secret-value.ts';
import { textOf } from './encoding.ts';
import { evaluateBulks } from './evaluate-bulks.ts';
import type { Documents } from './evaluate-source.ts';
import { sourceValue } from './evaluate-source.ts';
import type { JmesPath } from './jmes-path.ts';
import type { Address, InPlace, Item, Plan, Slot } from './plan.ts';
import type { Problems } from './problems.ts';
import { attempt } from './problems.ts';
import { dataKey } from './slot.ts';
import { checkEntrySize, checkVariable } from './variable-value.ts';

/** What a store returned for one address. */
export interface Fetched {
  readonly value: SecretValue;
  /** SSM: the version number; Secrets Manager: the VersionId. Safe to print. */
  readonly version: string;
  /** The ARN that the store returned, or '' where it returns none. */
  readonly arn: string;
  /** The name that the store returned: a parameter name with its leading slash, or a secret's name. */
  readonly name: string;
}

/** One parameter below a path; `name` is the full parameter name. */
export type Member = Fetched;

/** The answers to a plan's addresses. A failed answer is the error itself, so that one failure never hides another. */
export interface Answers {
  one(address: Address): Fetched | LatchkeyError;
  many(address: Address): readonly Member[] | LatchkeyError;
  /** When the oldest of them began to be read (clock.now, ms); absent where nobody counts. */
  readonly readAt?: number;
}

/** One slot with its value. */
export interface Filled {
  readonly slot: Slot;
  readonly value: SecretValue;
}

export interface Evaluated {
  readonly filled: readonly Filled[];
  readonly problems: readonly Problem[];
  /** For the person who applies the pod: skipped members and the like. Names only. */
  readonly warnings: readonly string[];
}

/** What of a plan is evaluated: `latchkey fetch` has only this much of it. */
export type EvaluatedParts = Pick<Plan, 'items' | 'bulks'> & Partial<Pick<Plan, 'inPlace' | 'delivery'>>;

/** What evaluating works with; one for each plan. */
export interface Evaluation {
  readonly parts: EvaluatedParts;
  readonly documents: Documents;
  readonly problems: Problems;
}

/** The value of every piece that could be had; each that could not is a problem of its own. */
function templatePieces(
  { documents, problems }: Evaluation,
  { template, place }: Item,
): readonly Uint8Array[] | 'absent' {
  const pieces: Uint8Array[] = [];
  let absent = false;
  for (const part of template) {
    if (typeof part === 'string') {
      pieces.push(Buffer.from(part));
      continue;
    }
    attempt(
      problems,
      place,
      () => {
        const value = sourceValue(documents, part);
        if (value === undefined) absent = true;
        else pieces.push(checkPiece(value, template.length === 1));
      },
      part.text,
    );
  }
  return absent || pieces.length < template.length ? 'absent' : pieces;
}

/** Bytes that are no text stand alone or not at all: between text they would be neither. */
function checkPiece(value: Uint8Array, alone: boolean): Uint8Array {
  if (alone || textOf(value) !== undefined) return value;
  throw new LatchkeyError(
    'LK-ENCODING',
    'the value is not UTF-8, so it cannot stand within text',
    'Add the option encode=base64 or encode=url, or deliver it as a file of its own.',
  );
}

function variableOf(slot: Slot): string | undefined {
  if (slot.kind === 'file') return undefined;
  return slot.kind === 'env' ? slot.name : slot.variable;
}

function onlyReference({ template }: Item): string | undefined {
  const [only] = template;
  return template.length === 1 && only !== undefined && typeof only !== 'string' ? only.text : undefined;
}

function evaluateItem(evaluation: Evaluation, item: Item): readonly Filled[] {
  const pieces = templatePieces(evaluation, item);
  if (pieces === 'absent') return [];
  const [only] = pieces;
  const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
  const name = variableOf(item.slot);
  const fill = (): Filled => {
    if (name !== undefined) checkVariable(name, bytes, evaluation.parts.delivery);
    return { slot: item.slot, value: new SecretValue(bytes) };
  };
  const filled = attempt(evaluation.problems, item.place, fill, onlyReference(item));
  return filled === undefined ? [] : [filled];
}

/** A value in place may be too long only as a whole. What `$(VAR)`s of the author's add is not known. */
function checkInPlace({ parts, problems }: Evaluation, filled: readonly Filled[]): void {
  const sizes = new Map(filled.map(({ slot, value }) => [dataKey(slot), value.size]));
  for (const { container, variable, pieces, place } of parts.inPlace ?? []) {
    const total = pieces.reduce<number>(
      (sum, piece) => sum + pieceSize(piece, { container, variable }, sizes),
      0,
    );
    if (pieces.length > 1) attempt(problems, place, () => checkEntrySize(variable, total));
  }
}

function pieceSize(
  piece: string | number,
  { container, variable }: Pick<InPlace, 'container' | 'variable'>,
  sizes: ReadonlyMap<string, number>,
): number {
  if (typeof piece === 'string') return Buffer.byteLength(piece);
  return sizes.get(dataKey({ kind: 'in-place', container, variable, index: piece })) ?? 0;
}

/**
 * Answers to values: each slot with its bytes, items in the plan's order and members behind them. A slot that is
 * optional and not there is left out. Every problem is reported; no text of a value is ever in one.
 * @param jmesPath from {@link jmesPathFor}
 */
export function evaluate(plan: EvaluatedParts, answers: Answers, jmesPath?: JmesPath): Evaluated {
  const documents = { answers, read: new Map(), jmesPath: jmesPath?.begin() };
  const evaluation: Evaluation = { parts: plan, documents, problems: [] };
  const items = plan.items.flatMap((item) => evaluateItem(evaluation, item));
  checkInPlace(evaluation, items);
  const { filled, warnings } = evaluateBulks(evaluation);
  return { filled: [...items, ...filled], problems: evaluation.problems, warnings };
}
