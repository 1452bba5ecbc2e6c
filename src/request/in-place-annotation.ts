// The annotation `in-place`: what was asked in place, so that a pod that went through us can be brought back to what its
// author wrote. Anyone can write it. It says nothing about identity and is believed only where the container carries a
// variable of ours under the very slot that it names; all it can do is ask for something, as its author may anyway.

import { annotationJson } from './annotation-json.ts';

/** Container and variable to references. Maps, because both names are the author's. */
export type AskedInPlace = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === 'string');
}

interface Row {
  readonly container: string;
  readonly variable: string;
  readonly references: readonly string[];
}

function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false;
  if (!('container' in value && 'variable' in value && 'references' in value)) return false;
  return (
    typeof value.container === 'string' && typeof value.variable === 'string' && isTexts(value.references)
  );
}

/** Reads `[{"container":"app","variable":"URL","references":["ssm:/name"]}]`. What has another shape is left out. */
export function readInPlaceAnnotation(text: string): AskedInPlace {
  // Most pods have none, and a parser's error is dear.
  if (text === '') return new Map();
  const rows = annotationJson(text);
  const asked = new Map<string, Map<string, readonly string[]>>();
  for (const { container, variable, references } of Array.isArray(rows) ? rows.filter(isRow) : []) {
    const variables = asked.get(container) ?? new Map<string, readonly string[]>();
    variables.set(variable, references);
    asked.set(container, variables);
  }
  return asked;
}
