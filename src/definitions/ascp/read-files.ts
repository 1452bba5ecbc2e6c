import { MOST_REFERENCES } from '../../request/source.ts';
import type { Note, Notes } from '../eso/notes.ts';
import { createObjectReader, isMapping, type ObjectReader } from '../eso/object-reader.ts';
import type { DefinitionContext } from '../recipe.ts';
import { checkFailovers, checkPaths } from './check-paths.ts';
import { OBJECT_FIELDS } from './fields.ts';
import { unknownKeys, withKnownKeys } from './known-keys.ts';
import { readObjectsYaml } from './objects-yaml.ts';
import type { ProvidedFile } from './provider-class.ts';
import { readObject } from './read-object.ts';
import { checkFailover, type Parameters } from './read-parameters.ts';

export interface FilesSurroundings {
  readonly parameters: Parameters;
  readonly context: Pick<DefinitionContext, 'region'>;
  readonly notes: Notes;
  readonly warnings: string[];
}

const OBJECTS = 'spec.parameters.objects';

/** The files that `parameters.objects`, YAML in one text, asks for. What is wrong is noted. */
export function readFiles(text: string, surroundings: FilesSurroundings): readonly ProvidedFile[] {
  const { parameters, context, notes, warnings } = surroundings;
  const entries = entriesOf(text, notes);
  if (entries?.length === 0) {
    warnings.push(`${notes.place(OBJECTS).label}: it lists nothing, so there are no files`);
  }
  const around = {
    ...parameters,
    defaultRegion: context.region ?? '',
    warn: (reader: ObjectReader, name: string, said: string) => {
      warnings.push(`${reader.place(name).label}: ${said}`);
    },
  };
  const files = (entries ?? []).flatMap((entry, index) => {
    const place = notes.place(`${OBJECTS}[${String(index)}]`);
    const known = withKnownKeys(entry, OBJECT_FIELDS);
    if (!isMapping(known)) {
      notes.add(place, {
        message: 'it is no mapping',
        remedy: 'Write objectName and objectType, or remove it.',
      });
      return [];
    }
    warnings.push(...unknownKeys(known, OBJECT_FIELDS, place.label));
    return readObject(createObjectReader(known, OBJECT_FIELDS, place.field, notes), around);
  });
  checkCount(files, notes);
  checkPaths(files, notes);
  checkFailovers(files, notes);
  checkRegions(files, parameters, notes);
  return files;
}

/** `undefined` where it is no list, which is noted. */
function entriesOf(text: string, notes: Notes): readonly unknown[] | undefined {
  const place = notes.place(OBJECTS);
  let entries: unknown;
  const isRead = notes.attempt(place, () => {
    entries = readObjectsYaml(text) ?? [];
    return true;
  });
  if (isRead === undefined || Array.isArray(entries)) return entries as readonly unknown[] | undefined;
  notes.add(place, { message: 'it is no list', remedy: 'Write a YAML list of objects as one text.' });
  return undefined;
}

function checkCount(files: readonly ProvidedFile[], notes: Notes): void {
  if (files.length <= MOST_REFERENCES) return;
  const message = `it asks for ${String(files.length)} files`;
  const remedy = `A class has at most ${String(MOST_REFERENCES)}: split it in two.`;
  notes.add(notes.place(OBJECTS), { code: 'LK-LIMIT', message, remedy });
}

/** With a region of the class, the two were compared there. */
function checkRegions(
  files: readonly ProvidedFile[],
  { region, failoverRegion }: Parameters,
  notes: Notes,
): void {
  if (region !== undefined) return;
  for (const asked of new Set(files.map(({ source }) => source.address.region))) {
    if (asked === '') notes.add(notes.place('spec.parameters.region'), NO_REGION);
    else if (failoverRegion !== undefined) {
      notes.attempt(notes.place('spec.parameters.failoverRegion'), () => {
        checkFailover(asked, failoverRegion);
      });
    }
  }
}

const NO_REGION: Note = {
  code: 'LK-REGION',
  message: 'no region is named',
  remedy:
    "Write it, or set the namespace's annotation latchkey.dev/region or --region. The AWS provider looked at the node.",
};
