// From raw JSON to fields of the right type. What does not fit is a problem with its path, and is read as if it were absent.

import { LatchkeyError } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { printable, quoted } from '../../quote.ts';
import type { Place } from '../../request/plan.ts';
import { isOtherBackend } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Findings } from './findings.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Whose a place is: the definition's, and within a list the entry's. */
export interface Whose {
  /** `ExternalSecret "db"` */
  readonly title: string;
  /** `key user` */
  readonly entry?: string;
}

/** A mapping within a definition. */
export interface Mapping {
  readonly value: Json;
  /** Its path: `spec.data[0]`; '' for the object itself. */
  readonly field: string;
  readonly whose: Whose;
  readonly findings: Findings;
}

export function isMapping(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An error about what a definition says. */
export function wrong(message: string, remedy: string): LatchkeyError {
  return new LatchkeyError('LK-DEFINITION', message, remedy);
}

/** `ExternalSecret "db", spec.data[0].property (key user)`. */
export function placeAt({ title, entry }: Whose, field: string): Place {
  const path = field === '' ? '' : `, ${field}`;
  return { label: `${title}${path}${entry === undefined ? '' : ` (${entry})`}`, field };
}

/** The path of a field of a mapping. */
function pathOf({ field }: Mapping, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${field}[${printable(name)}]`;
  return field === '' ? printable(name) : `${field}.${printable(name)}`;
}

/** The place of a mapping, or of a field of it. */
export function placeOf(mapping: Mapping, name?: string): Place {
  return placeAt(mapping.whose, name === undefined ? mapping.field : pathOf(mapping, name));
}

function at({ value }: Mapping, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

const NAMES = { string: 'text', boolean: 'true or false', list: 'a list', mapping: 'a mapping' } as const;
type Wanted = keyof typeof NAMES;

function nameOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

/** Why a value is not what is wanted. Says its type only: what stands there may be meant to be secret. */
export function wrongType(value: unknown, wanted: Wanted): LatchkeyError {
  const quotes = wanted === 'string' && value !== null && typeof value !== 'object';
  return wrong(
    `it is ${nameOf(value)}, but must be ${NAMES[wanted]}`,
    value === null ? 'Leave it out, or give it a value.' : quotes ? 'Put it into quotes.' : 'Correct it.',
  );
}

function typed<Value>(
  parent: Mapping,
  name: string,
  wanted: Wanted,
  is: (value: unknown) => value is Value,
): Value | undefined {
  const value = at(parent, name);
  if (value === undefined || is(value)) return value;
  parent.findings.refuse(placeOf(parent, name), () => wrongType(value, wanted));
  return undefined;
}

export function has(parent: Mapping, name: string): boolean {
  return at(parent, name) !== undefined;
}

export function textAt(parent: Mapping, name: string): string | undefined {
  return typed(parent, name, 'string', (value) => typeof value === 'string');
}

export function flagAt(parent: Mapping, name: string): boolean {
  return typed(parent, name, 'boolean', (value) => typeof value === 'boolean') ?? false;
}

export function listAt(parent: Mapping, name: string): readonly unknown[] | undefined {
  return typed(parent, name, 'list', (value): value is readonly unknown[] => Array.isArray(value));
}

export function mappingAt(parent: Mapping, name: string): Mapping | undefined {
  const value = typed(parent, name, 'mapping', isMapping);
  return value === undefined ? undefined : { ...parent, value, field: pathOf(parent, name) };
}

/** What of a mapping nobody reads: unknown fields are problems, fields that KES ignores as well are warned of. */
export function checkFields(mapping: Mapping, known: Fields): void {
  const { value, findings } = mapping;
  for (const name of Object.keys(value)) {
    const treatment = Object.hasOwn(known, name) ? known[name] : undefined;
    if (treatment === undefined) {
      findings.refuse(placeOf(mapping, name), () =>
        wrong(
          `there is no field ${quoted(name)}`,
          `Correct or remove it.${didYouMean(name, Object.keys(known))}`,
        ),
      );
    } else if (isOtherBackend(treatment)) {
      findings.warn(
        placeOf(mapping, name),
        () => `it belongs to backend ${treatment} and is ignored, as KES ignores it`,
      );
    }
  }
}
