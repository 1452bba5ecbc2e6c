// What reading the lists of a definition has in common.

import { printable } from '../../quote.ts';
import type { Place } from '../../request/plan.ts';
import type { KesBackend } from './backend.ts';
import { readKesKey } from './key.ts';
import type { Mapping } from './shape.ts';
import { isMapping, listAt, placeAt, placeOf, textAt, wrong, wrongType } from './shape.ts';
import type { KesVersion } from './spec.ts';

/** What reading goes by. */
export interface Reading {
  readonly spec: Mapping;
  /** Undefined where it could not be read; then names are not checked. */
  readonly backend: KesBackend | undefined;
}

/** Some people keep hundreds of keys in one definition; a Secret of a mebibyte has no room for more than this. */
export const MOST_ENTRIES = 10_000;
/** As the API of Secrets Manager bounds them. */
const VERSION = /^[\x21-\x7e]{1,256}$/;

/** The entries of a list, each with its path. */
export function entriesOf<Item>(
  { spec }: Reading,
  list: string,
  read: (value: unknown, field: string) => Item | undefined,
): readonly Item[] {
  const values = listAt(spec, list) ?? [];
  const place = placeOf(spec, list);
  if (values.length > MOST_ENTRIES) {
    spec.findings.refuse(place, () =>
      wrong(`it has ${values.length} entries`, `At most ${MOST_ENTRIES} are read.`),
    );
    return [];
  }
  return values.flatMap((value, index) => read(value, `${place.field}[${index}]`) ?? []);
}

export function entryMapping({ spec }: Reading, value: unknown, field: string): Mapping | undefined {
  if (isMapping(value)) return { ...spec, value, field };
  spec.findings.refuse(placeAt(spec.whose, field), () => wrongType(value, 'mapping'));
  return undefined;
}

/** The same entry, called by what it asks for: `key user`. */
export function named(entry: Mapping, what: string, name: string): Mapping {
  return { ...entry, whose: { title: entry.whose.title, entry: `${what} ${printable(name)}` } };
}

/** Reports what a key cannot be; it stays as written. */
export function checkKey({ backend, spec }: Reading, key: string, place: Place): void {
  if (backend === undefined) return;
  spec.findings.attempt(place, () => readKesKey(backend, key));
}

/** `versionId` and `versionStage`. An empty id is none, as in KES. */
export function readVersion(entry: Mapping, backend: KesBackend | undefined): KesVersion {
  const stage = textAt(entry, 'versionStage');
  const written = textAt(entry, 'versionId');
  const id = written === '' ? undefined : written;
  if (backend === 'systemManager') {
    if (stage !== undefined || id !== undefined)
      entry.findings.warn(placeOf(entry), () => OF_SECRETS_MANAGER);
    return {};
  }
  checkVersion(entry, 'versionStage', stage);
  checkVersion(entry, 'versionId', id);
  if (id !== undefined) return { id };
  return stage === undefined || stage === 'AWSCURRENT' ? {} : { stage };
}

const OF_SECRETS_MANAGER =
  'versionStage and versionId belong to Secrets Manager and are ignored, as KES ignores them; the version of a parameter stands behind its name (/NAME:3)';

function checkVersion(entry: Mapping, name: string, text: string | undefined): void {
  if (text === undefined || VERSION.test(text)) return;
  entry.findings.refuse(placeOf(entry, name), () =>
    wrong('it is empty or holds what no version has', 'Write it as AWS shows it, or leave it out.'),
  );
}
