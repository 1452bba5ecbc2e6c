import type { Place } from '../../request/plan.ts';
import type { SecretValue } from '../../secret-value.ts';
import type { Findings } from './findings.ts';

/** A text of a template, read. */
export interface KesText {
  /** Throws LatchkeyError. */
  fill(data: ReadonlyMap<string, SecretValue>, findings: Findings, place: Place): string;
}
export function readKesText(text: string, name: string): KesText {
  return { fill: () => text + name.slice(0, 0) };
}
