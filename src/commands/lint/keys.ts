import type { Finding } from '../../manifests/finding.ts';
import type { Path } from '../../manifests/node-path.ts';
import { type ManifestObject, isRecord } from '../../manifests/objects.ts';
import { ADOPTION, ADOPTION_VALUES, INJECTION, PREFIX } from '../../names.ts';
import { didYouMean } from '../../nearest.ts';
import { quoted } from '../../quote.ts';
import { meantKey } from './look-alike.ts';
import { findingAt } from './problem-at.ts';

// What YAML 1.1 reads as true or false. The API server's parser still does; it then refuses the annotation.
const OLD_BOOLEAN = /^(?:y|n|yes|no|on|off|true|false)$/i;

/**
 * Checks the keys and the YAML of one `metadata`, wherever it stands: look-alikes of our prefix, values that are no text,
 * annotations of ours among the labels, and labels of ours that say nothing.
 */
export function metadataFindings(object: ManifestObject, path: Path): readonly Finding[] {
  const metadata = valueAt(object.value, path);
  if (!isRecord(metadata)) return [];
  return (['annotations', 'labels'] as const).flatMap((map) => {
    const entries = metadata[map];
    if (!isRecord(entries)) return [];
    return Object.entries(entries).flatMap(([key, value]) => {
      const at = [...path, map, key];
      const what = `${map === 'labels' ? 'label' : 'annotation'} ${key}`;
      return [
        ...lookAlike(object, at, { key, what }),
        ...wrongValue(object, at, { key, what, value }),
        ...(map === 'labels' ? wrongLabel(object, at, { key, what, value }) : []),
      ];
    });
  });
}

interface Entry {
  readonly key: string;
  readonly what: string;
}

function lookAlike(object: ManifestObject, at: Path, { key, what }: Entry): readonly Finding[] {
  const meant = meantKey(key);
  if (meant === undefined) return [];
  const message = `the prefix only looks like ${PREFIX}, so this does nothing`;
  return [
    findingAt(object, at, { code: 'LK-UNKNOWN', place: what, message, remedy: `Write ${quoted(meant)}.` }),
  ];
}

function wrongValue(
  object: ManifestObject,
  at: Path,
  entry: Entry & { readonly value: unknown },
): readonly Finding[] {
  if (!entry.key.startsWith(PREFIX)) return [];
  const isText = typeof entry.value === 'string';
  if (isText && !OLD_BOOLEAN.test(object.sourceOf(at) ?? '')) return [];
  const message = isText
    ? 'the API server reads this word as true or false, and refuses it as a value'
    : 'the value is no text, and the API server refuses it';
  return [
    findingAt(object, at, { code: 'LK-SYNTAX', place: entry.what, message, remedy: 'Put it in quotes.' }),
  ];
}

function wrongLabel(
  object: ManifestObject,
  at: Path,
  entry: Entry & { readonly value: unknown },
): readonly Finding[] {
  const { key, what, value } = entry;
  if (!key.startsWith(PREFIX) || key === INJECTION) return [];
  if (key === ADOPTION) return wrongAdoption(object, at, value);
  const message = 'this stands among the labels, where nobody reads it';
  return [
    findingAt(object, at, {
      code: 'LK-UNKNOWN',
      place: what,
      message,
      remedy: 'Move it to the annotations.',
    }),
  ];
}

/** The one label of ours that has values; it counts on a Namespace alone. */
function wrongAdoption(object: ManifestObject, at: Path, value: unknown): readonly Finding[] {
  const known: readonly unknown[] = ADOPTION_VALUES;
  const isNamespace = object.kind === 'Namespace';
  if (typeof value !== 'string' || (isNamespace && known.includes(value))) return [];
  const message = isNamespace ? `${quoted(value)} switches nothing on` : 'this label counts on a Namespace';
  const values = `Write ${ADOPTION_VALUES.join(' or ')}.${didYouMean(value, ADOPTION_VALUES)}`;
  const remedy = isNamespace ? values : 'Move it to the Namespace.';
  return [findingAt(object, at, { code: 'LK-UNKNOWN', place: `label ${ADOPTION}`, message, remedy })];
}

export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found) && typeof step === 'number') found = found[step];
    else if (isRecord(found) && Object.hasOwn(found, step)) found = found[step];
    else return undefined;
  }
  return found;
}
