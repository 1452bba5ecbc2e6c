// The lists of which every member becomes a key.

import { OPTIONS_FIELDS } from './fields.ts';
import type { Reading } from './reading.ts';
import { checkKey, entriesOf, entryMapping, named, readVersion } from './reading.ts';
import { checkFields, flagAt, has, placeAt, placeOf, textAt, wrong, wrongType } from './shape.ts';
import type { KesMembersItem } from './spec.ts';

/** `dataFrom`: names of secrets or parameters. */
export function readDataFrom(reading: Reading): readonly KesMembersItem[] {
  return entriesOf(reading, 'dataFrom', (key, field) => {
    const { findings, whose } = reading.spec;
    const place = placeAt(whose, field);
    if (typeof key !== 'string') {
      findings.refuse(place, () => wrongType(key, 'string'));
      return undefined;
    }
    checkKey(reading, key, place);
    return { kind: 'members', key, version: {}, place };
  });
}

/** `dataFromWithOptions`: the same with a version. */
export function readDataFromWithOptions(reading: Reading): readonly KesMembersItem[] {
  return entriesOf(reading, 'dataFromWithOptions', (value, field) => {
    const unnamed = entryMapping(reading, value, field);
    if (unnamed === undefined) return undefined;
    checkFields(unnamed, OPTIONS_FIELDS);
    const key = textAt(unnamed, 'key');
    if (key === undefined) {
      if (!has(unnamed, 'key')) {
        unnamed.findings.refuse(placeOf(unnamed), () => wrong('it has no key', 'Write key: NAME.'));
      }
      return undefined;
    }
    const entry = named(unnamed, 'members of', key);
    checkKey(reading, key, placeOf(entry, 'key'));
    if (flagAt(entry, 'isBinary')) entry.findings.warn(placeOf(entry, 'isBinary'), () => NOT_DECODED);
    return { kind: 'members', key, version: readVersion(entry, reading.backend), place: placeOf(entry) };
  });
}

const NOT_DECODED =
  'it is ignored, as KES ignores it; list the members below data with isBinary to decode them';
