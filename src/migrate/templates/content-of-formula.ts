import type { ParsedTemplate } from '../../request/template.ts';
import type { Reference } from '../../request/reference.ts';
import type { Difference } from '../differences.ts';
import {
  isReference,
  type Meaning,
  notConvertible,
  onlyReference,
  type Role,
  roleKey,
} from '../definitions/meaning.ts';
import { pathText } from '../definitions/property-text.ts';
import type { Formula, Value } from './formula.ts';

/** What a fetched key means. Throws LatchkeyError for one that is not made, or that nothing can be said of. */
export type LookUp = (key: string) => Meaning;

/**
 * A formula in the words of annotations.
 *
 * @throws LatchkeyError where there are none
 */
export function meaningOfFormula(formula: Formula, lookUp: LookUp): Meaning {
  const meanings = formula.map((part) =>
    typeof part === 'string' ? text(part) : meaningOfValue(part, lookUp),
  );
  return {
    content: joined(meanings.flatMap(({ content }) => content)),
    differences: all(meanings),
    ...role(meanings),
  };
}

function text(part: string): Meaning {
  return { content: [part], differences: [] };
}

/** Neighbouring texts are one. */
function joined(content: ParsedTemplate): ParsedTemplate {
  const made: (string | Reference)[] = [];
  for (const part of content) {
    const before = made.at(-1);
    if (part === '') continue;
    if (typeof part === 'string' && typeof before === 'string') made[made.length - 1] = before + part;
    else made.push(part);
  }
  return made;
}

function all(meanings: readonly Meaning[]): readonly Difference[] {
  return [...new Set(meanings.flatMap(({ differences }) => differences))];
}

/** One pod assumes one role; text alone needs none. */
function role(meanings: readonly Meaning[]): { readonly role?: Role } {
  const reading = meanings.filter(({ content }) => content.some(isReference));
  const [first, ...more] = reading;
  if (more.some((each) => roleKey(each.role) !== roleKey(first?.role)))
    throw notConvertible('its template mixes values that are read with different roles');
  return first?.role === undefined ? {} : { role: first.role };
}

function meaningOfValue(value: Value, lookUp: LookUp): Meaning {
  const made = withoutOwn(value, lookUp);
  return { ...made, differences: [...new Set([...made.differences, ...(value.differences ?? [])])] };
}

function withoutOwn(value: Value, lookUp: LookUp): Meaning {
  switch (value.kind) {
    case 'key':
      return lookUp(value.key);
    case 'member':
      return changed(meaningOfValue(value.of, lookUp), (reference) => {
        if (
          reference.property !== undefined ||
          reference.decode !== undefined ||
          reference.encode !== undefined
        )
          throw notConvertible('its template takes JSON out of a part of a value');
        return { ...reference, property: pathText(value.keys) };
      });
    case 'decoded':
      return changed(meaningOfValue(value.of, lookUp), (reference) => {
        if (reference.decode !== undefined || reference.encode !== undefined)
          throw notConvertible('its template decodes a value twice');
        return { ...reference, decode: 'base64' };
      });
    case 'encoded':
      return changed(meaningOfFormula(value.of, lookUp), (reference) => {
        if (reference.encode !== undefined) throw notConvertible('its template encodes a value twice');
        return { ...reference, encode: value.as };
      });
    default:
      throw notConvertible(`its template uses ${value.written}, which annotations have no option for`);
  }
}

function changed(meaning: Meaning, change: (reference: Reference) => Reference): Meaning {
  const only = onlyReference(meaning);
  if (only === undefined)
    throw notConvertible('its template works on text that is put together, not on one value');
  return { ...meaning, content: [change(only)] };
}
