import { LatchkeyError } from '../errors.ts';
import { quoted } from '../quote.ts';
import type { Wish } from './annotations.ts';
import { isHiddenVariableName, isVariableName } from './env-names.ts';
import { checkFilePath } from './file-path.ts';
import { isPureInPlace } from './in-place-value.ts';
import type { InPlace, Item, Slot, Template } from './plan.ts';
import { attempt, problemAt } from './problems.ts';
import type { Reader } from './source.ts';
import { readSource, readTemplateParts } from './source.ts';
import { splitTemplate } from './template.ts';

function checkVariableName(name: string): void {
  if (isHiddenVariableName(name)) {
    throw new LatchkeyError(
      'LK-RESERVED',
      'names that begin with LK_IN_PLACE_ are ours',
      'Choose another name.',
    );
  }
  if (isVariableName(name)) return;
  throw new LatchkeyError(
    'LK-NAME',
    `${quoted(name)} is no variable name`,
    'Use letters, digits and _, not beginning with a digit. For any other name, write the reference in place.',
  );
}

function checkFileName(wish: Wish): void {
  checkFilePath(wish.name);
  if (wish.place.field.endsWith('/files]') || !wish.name.includes('/')) return;
  throw new LatchkeyError(
    'LK-NAME',
    'an annotation name holds no directories',
    'Use the block form, latchkey.dev/files, where PATH may have some.',
  );
}

interface Content {
  readonly template: Template;
  readonly mode?: number;
}

function readContent(reader: Reader, wish: Wish): Content | undefined {
  const raw = attempt(reader.problems, wish.place, () => splitTemplate(wish.value));
  if (raw === undefined) return undefined;
  if (raw.kind === 'mixed') {
    const template = readTemplateParts(reader, raw.parts, wish.place);
    return template === undefined ? undefined : { template };
  }
  const read = readSource(reader, raw.reference, wish.place, wish.kind === 'file' ? 'file' : 'value');
  if (read === undefined) return undefined;
  const { mode } = read.reference;
  return { template: [read.source], ...(mode !== undefined && { mode }) };
}

function checkName(wish: Wish): true {
  if (wish.kind === 'env') checkVariableName(wish.name);
  else checkFileName(wish);
  return true;
}

function slotOf(wish: Wish, mode: number | undefined, fileMode: number): Slot {
  if (wish.kind === 'env') return { kind: 'env', name: wish.name };
  return { kind: 'file', path: wish.name, ...(mode !== undefined && mode !== fileMode && { mode }) };
}

/** Reads the variables and files that annotations ask for; everything that is wrong with each is reported. */
export function readItems(reader: Reader, wishes: readonly Wish[], fileMode: number): readonly Item[] {
  return wishes.flatMap((wish): readonly Item[] => {
    const named = attempt(reader.problems, wish.place, () => checkName(wish));
    const content = readContent(reader, wish);
    if (named === undefined || content === undefined) return [];
    return [{ slot: slotOf(wish, content.mode, fileMode), template: content.template, place: wish.place }];
  });
}

/** An entry of the pod cannot be left out and come back in the next round: what surrounded the reference would be lost. */
function checkOptional(reader: Reader, inPlace: InPlace, items: readonly Item[]): void {
  const optional = items.some(({ template }) =>
    template.some((part) => typeof part !== 'string' && part.optional),
  );
  if (!optional || isPureInPlace(inPlace)) return;
  const error = new LatchkeyError(
    'LK-SYNTAX',
    'optional=true in place needs the reference to be the whole value',
    `Use default= here, or write the whole value as latchkey.dev/env.${inPlace.variable}.`,
  );
  reader.problems.push(problemAt(inPlace.place, error));
}

/** The items of references in place: one for each reference. */
export function readInPlaceItems(reader: Reader, entries: readonly InPlace[]): readonly Item[] {
  return entries.flatMap((entry) => {
    const { container, variable, references, place } = entry;
    const items = references.flatMap((text, index): readonly Item[] => {
      const read = readSource(reader, text, place, 'value');
      if (read === undefined) return [];
      return [{ slot: { kind: 'in-place', container, variable, index }, template: [read.source], place }];
    });
    checkOptional(reader, entry, items);
    return items;
  });
}
