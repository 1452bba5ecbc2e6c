import type { Place } from '../template-error.ts';

/** The line and column of a place in a text, both from 1. */
export function placeIn(text: string, at: number): Place {
  const before = text.slice(0, at);
  const start = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { line, column: Array.from(before.slice(start)).length + 1 };
}
