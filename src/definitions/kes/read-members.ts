// The lists of which every member becomes a key.

import { OPTIONS_FIELDS } from './fields.ts';
import type { Reading } from './reading.ts';
import { checkKey, entriesOf, entryMapping, labelled, readVersion } from './reading.ts';
import { checkFields, flagAt, has, placeOf, textAt, wrong, wrongType } from './shape.ts';
import type { KesMembersItem } from './spec.ts';

/** `dataFrom`: names of secrets or parameters. */
export function readDataFrom(reading: Reading): readonly KesMembersItem[] {
  return entriesOf(reading, 'dataFrom', (key, place) => {
    if (typeof key !== 'string') {
      reading.spec.findings.refuse(place, () => wrongType('the entry', key, 'string'));
      return undefined;
    }
    const named = labelled(place, 'members of', key);
    checkKey(reading, key, named);
    return { kind: 'members', key, version: {}, place: named };
  });
}

/** `dataFromWithOptions`: the same with a version. */
export function readDataFromWithOptions(reading: Reading): readonly KesMembersItem[] {
  return entriesOf(reading, 'dataFromWithOptions', (value, place) => {
    const unnamed = entryMapping(reading, value, place);
    if (unnamed === undefined) return undefined;
    checkFields(unnamed, OPTIONS_FIELDS);
    const key = textAt(unnamed, 'key');
    if (key === undefined) {
      if (!has(unnamed, 'key')) {
        unnamed.findings.refuse(place, () => wrong('the entry has no key', 'Write key: NAME.'));
      }
      return undefined;
    }
    const entry = { ...unnamed, place: labelled(place, 'members of', key) };
    checkKey(reading, key, placeOf(entry, 'key'));
    if (flagAt(entry, 'isBinary')) entry.findings.warn(entry.place, () => NOT_DECODED);
    return { kind: 'members', key, version: readVersion(entry, reading.backend), place: entry.place };
  });
}

const NOT_DECODED =
  'isBinary is ignored here, as KES ignores it; list the members below data with isBinary to decode them';
