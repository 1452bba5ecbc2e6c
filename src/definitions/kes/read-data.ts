import { quoted } from '../../quote.ts';
import { checkSecretKey } from '../secret-key.ts';
import { DATA_FIELDS } from './fields.ts';
import { readKesPath } from './key.ts';
import type { Reading } from './reading.ts';
import { checkKey, entriesOf, entryMapping, named, readVersion } from './reading.ts';
import type { Mapping } from './shape.ts';
import { checkFields, flagAt, has, placeOf, textAt, wrong } from './shape.ts';
import type { KesKeyItem, KesPathItem } from './spec.ts';

/** No path into a JSON document is longer. */
const LONGEST_PROPERTY = 4096;

/** The entries of `data`, or of `properties` as it was called once, in their order: what comes later wins. */
export function readData(
  reading: Reading,
  list: 'data' | 'properties',
): readonly (KesKeyItem | KesPathItem)[] {
  const items = entriesOf(reading, list, (value, field) => readEntry(reading, value, field));
  const seen = new Set<string>();
  for (const item of items) {
    if (item.kind === 'path') continue;
    if (seen.has(item.name)) reading.spec.findings.warn(item.place, () => TWICE);
    seen.add(item.name);
  }
  return items;
}

const TWICE = 'another entry before it makes the same key; this one counts, as in KES';

function readEntry(reading: Reading, value: unknown, field: string): KesKeyItem | KesPathItem | undefined {
  const entry = entryMapping(reading, value, field);
  if (entry === undefined) return undefined;
  checkFields(entry, DATA_FIELDS);
  const path = textAt(entry, 'path');
  if (path !== undefined) return readPathEntry(reading, entry, path);
  const key = textAt(entry, 'key');
  if (key !== undefined) return readKeyEntry(reading, entry, key);
  if (!has(entry, 'key') && !has(entry, 'path')) {
    entry.findings.refuse(placeOf(entry), () =>
      wrong('it has neither key nor path', 'Write key and name, or path (systemManager).'),
    );
  }
  return undefined;
}

function readKeyEntry(reading: Reading, unnamed: Mapping, key: string): KesKeyItem | undefined {
  const name = readName(unnamed, key);
  if (name === undefined) return undefined;
  const entry = named(unnamed, 'key', name);
  checkKey(reading, key, placeOf(entry, 'key'));
  if (has(entry, 'recursive')) warnIgnored(entry, 'recursive', 'without path');
  return {
    kind: 'key',
    key,
    name,
    ...readProperty(entry),
    isBinary: flagAt(entry, 'isBinary'),
    version: readVersion(entry, reading.backend),
    place: placeOf(entry),
  };
}

function readName(entry: Mapping, key: string): string | undefined {
  const name = textAt(entry, 'name');
  if (name !== undefined) {
    entry.findings.attempt(placeOf(entry, 'name'), () => checkSecretKey(name));
  } else if (!has(entry, 'name')) {
    entry.findings.refuse(placeOf(entry), () =>
      wrong(`${quoted(key)} has no name`, 'Write name: KEY, the key in the Secret.'),
    );
  }
  return name;
}

function readProperty(entry: Mapping): Pick<KesKeyItem, 'property'> {
  const property = textAt(entry, 'property');
  if (property === undefined) return {};
  if (property.length <= LONGEST_PROPERTY) return { property };
  entry.findings.refuse(placeOf(entry, 'property'), () =>
    wrong(`it has ${property.length} characters`, `At most ${LONGEST_PROPERTY} are read.`),
  );
  return {};
}

function readPathEntry({ backend }: Reading, unnamed: Mapping, path: string): KesPathItem {
  const entry = named(unnamed, 'path', path);
  const { findings } = entry;
  if (backend === 'secretsManager') {
    findings.refuse(placeOf(entry, 'path'), () =>
      wrong('Secrets Manager has no paths', 'Name secrets with key, or write backendType: systemManager.'),
    );
  } else {
    findings.attempt(placeOf(entry, 'path'), () => readKesPath(path));
  }
  for (const [name, remedy] of Object.entries(BESIDE_PATH)) {
    if (!has(entry, name)) continue;
    findings.refuse(placeOf(entry, name), () => wrong(`it stands beside path`, remedy));
  }
  for (const name of IGNORED_BESIDE_PATH) if (has(entry, name)) warnIgnored(entry, name, 'beside path');
  return { kind: 'path', path, recursive: flagAt(entry, 'recursive'), place: placeOf(entry) };
}

const BESIDE_PATH = {
  key: 'Write two entries.',
  property: 'Name the one parameter with key, and take its property there.',
};
const IGNORED_BESIDE_PATH = ['name', 'isBinary', 'versionStage', 'versionId'];

function warnIgnored(entry: Mapping, name: string, where: string): void {
  entry.findings.warn(placeOf(entry, name), () => `it is ignored ${where}, as KES ignores it`);
}
