import { didYouMean } from '../../nearest.ts';
import { printable, quoted } from '../../quote.ts';
import type { Place } from '../../request/plan.ts';
import { ANY_OTHER } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Note, Notes } from './notes.ts';

type Json = Readonly<Record<string, unknown>>;

/** One mapping of a manifest, read field by field. Whatever is wrong is noted with its path, and reading goes on. */
export interface ObjectReader {
  /** The place of the mapping, or of one of its fields. */
  place(name?: string): Place;
  note(name: string | undefined, note: Note): void;
  /** Checks a field; what is thrown on purpose is noted. */
  attempt(name: string, check: () => unknown): void;
  /** Whether the field is there and not null, which the API server takes for absent. */
  has(name: string): boolean;
  text(name: string): string | undefined;
  /** As {@link text}, but noted when it is absent or empty. */
  required(name: string, remedy: string): string | undefined;
  flag(name: string): boolean;
  /** One of some words, which may be left out. */
  choice<Word extends string>(name: string, words: readonly Word[], otherwise: Word): Word;
  texts(name: string): readonly string[];
  /** Texts by names that the user chose. */
  textMap(name: string): ReadonlyMap<string, string>;
  object(name: string): ObjectReader | undefined;
  objects(name: string): readonly ObjectReader[];
}

export function isMapping(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

function unknownField(name: string, known: readonly string[]): Note {
  return {
    message: `${quoted(name)} is no field here`,
    remedy: `Known here: ${known.join(', ')}.${didYouMean(name, known)}`,
  };
}

/** Everything in it that its table does not know, or refuses. */
function checkFields(value: Json, fields: Fields, path: string, notes: Notes): void {
  for (const name of Object.keys(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : fields[ANY_OTHER];
    const place = notes.place(`${path}.${name}`);
    if (field === undefined) {
      notes.add(place, () => unknownField(name, Object.keys(fields)));
    } else if (field.refusal !== undefined && value[name] !== null) {
      notes.add(place, field.refusal);
    }
  }
}

/**
 * @param fields what is known at this place of a manifest
 * @param path of the mapping, as `spec.target`
 */
export function createObjectReader(value: Json, fields: Fields, path: string, notes: Notes): ObjectReader {
  checkFields(value, fields, path, notes);

  const pathOf = (name?: string): string => (name === undefined ? path : `${path}.${name}`);
  const valueOf = (name: string): unknown => {
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    return found === null ? undefined : found;
  };

  function wrongType(at: string, found: unknown, wanted: string): undefined {
    const quotes = wanted === 'text' && typeof found !== 'object' ? ' Put it in quotes.' : '';
    notes.add(notes.place(at), {
      message: `${typeName(found)} stands where ${wanted} must be`,
      remedy: `Write ${wanted} there.${quotes}`,
    });
  }

  function textAt(at: string, found: unknown): string | undefined {
    return typeof found === 'string' ? found : wrongType(at, found, 'text');
  }

  function text(name: string): string | undefined {
    const found = valueOf(name);
    return found === undefined ? undefined : textAt(pathOf(name), found);
  }

  function required(name: string, remedy: string): string | undefined {
    const found = valueOf(name);
    if (found !== undefined && found !== '') return textAt(pathOf(name), found);
    notes.add(notes.place(pathOf(name)), { message: 'it is missing or empty', remedy });
    return undefined;
  }

  function flag(name: string): boolean {
    const found = valueOf(name);
    if (found !== undefined && typeof found !== 'boolean') wrongType(pathOf(name), found, 'true or false');
    return found === true;
  }

  function choice<Word extends string>(name: string, words: readonly Word[], otherwise: Word): Word {
    const found = text(name);
    const word = words.find((each) => each === found);
    if (word === undefined && found !== undefined && found !== '') {
      notes.add(notes.place(pathOf(name)), {
        message: `${quoted(found)} is not known here`,
        remedy: `Known: ${words.join(', ')}.${didYouMean(found, words)}`,
      });
    }
    return word ?? otherwise;
  }

  function list(name: string): readonly unknown[] {
    const found = valueOf(name);
    if (found === undefined) return [];
    return Array.isArray(found) ? found : (wrongType(pathOf(name), found, 'a list') ?? []);
  }

  function texts(name: string): readonly string[] {
    return list(name).flatMap((entry, index) => textAt(`${pathOf(name)}[${index}]`, entry) ?? []);
  }

  function textMap(name: string): ReadonlyMap<string, string> {
    const found = valueOf(name);
    const texts = new Map<string, string>();
    if (found === undefined) return texts;
    if (!isMapping(found)) return wrongType(pathOf(name), found, 'a mapping') ?? texts;
    for (const [key, entry] of Object.entries(found)) {
      const read = textAt(`${pathOf(name)}[${printable(key)}]`, entry);
      if (read !== undefined) texts.set(key, read);
    }
    return texts;
  }

  function below(name: string, found: unknown, at: string): ObjectReader | undefined {
    const known = fields[name]?.below ?? {};
    return isMapping(found) ? createObjectReader(found, known, at, notes) : wrongType(at, found, 'a mapping');
  }

  /** Each read once, so that what is wrong with it is noted once. */
  const objectsRead = new Map<string, ObjectReader | undefined>();

  function object(name: string): ObjectReader | undefined {
    const found = valueOf(name);
    if (found === undefined) return undefined;
    if (!objectsRead.has(name)) objectsRead.set(name, below(name, found, pathOf(name)));
    return objectsRead.get(name);
  }

  function objects(name: string): readonly ObjectReader[] {
    return list(name).flatMap((entry, index) => below(name, entry, `${pathOf(name)}[${index}]`) ?? []);
  }

  return {
    place: (name) => notes.place(pathOf(name)),
    note: (name, note) => notes.add(notes.place(pathOf(name)), note),
    attempt: (name, check) => {
      notes.attempt(notes.place(pathOf(name)), check);
    },
    has: (name) => valueOf(name) !== undefined,
    text,
    required,
    flag,
    choice,
    texts,
    textMap,
    object,
    objects,
  };
}
