// ExternalSecrets of External Secrets Operator.

import { addressOf } from '../../definitions/eso/address.ts';
import type {
  DataEntry,
  Entry,
  ExternalSecretSpec,
  ExtractEntry,
  RemoteRef,
} from '../../definitions/eso/external-secret.ts';
import { readExternalSecret } from '../../definitions/eso/read-external-secret.ts';
import { describe } from '../../errors.ts';
import { type ManifestObject, recordAt, textAt } from '../../manifests/objects.ts';
import { ASSUMED_REGION } from '../../manifests/plan-template.ts';
import { quoted } from '../../quote.ts';
import type { Reference } from '../../request/reference.ts';
import type { Difference } from '../differences.ts';
import { meaningOfFormula } from '../templates/content-of-formula.ts';
import { goFormula } from '../templates/go-formula.ts';
import type { Around, DefinitionKind, MadeSecret } from './definition-kind.ts';
import { onePath, prefixOf } from './eso-keys.ts';
import { isEsoGroup, readerOf, storeOf, storeRole } from './eso-store.ts';
import { gjsonKeys } from './gjson-keys.ts';
import { isReference, type Meaning, type Members, notConvertible, type Whole } from './meaning.ts';
import { pathText, propertyText } from './property-text.ts';
import { referenceOf } from './reference-of.ts';

export const ESO: DefinitionKind = {
  is: (object) => isEsoGroup(object) && object.kind === 'ExternalSecret',
  secretsOf: (definition, around) => [secretOf(definition, around)],
};

/** One definition that could be read. */
interface Reading {
  readonly spec: ExternalSecretSpec;
  readonly namespace: string;
  readonly around: Around;
}

function secretOf(definition: ManifestObject, around: Around): MadeSecret {
  const namespace = definition.namespace ?? around.defaultNamespace;
  const read = readExternalSecret(definition.value);
  const reading = (): Reading => {
    if (read.kind === 'problems')
      throw notConvertible(`its definition is wrong: ${describe(read.problems[0])}`);
    if (read.spec.creation === 'None') throw notConvertible('with creationPolicy None it makes no Secret');
    return { spec: read.spec, namespace, around };
  };
  return {
    definition,
    namespace,
    // Also where the rest of it cannot be read, so that its uses are told.
    name: textAt(recordAt(recordAt(definition.value, 'spec'), 'target'), 'name') || definition.name,
    reader: read.kind === 'problems' ? 'External Secrets Operator' : readerOf(read.spec),
    meaningOf: (key) => meaningOf(reading(), key),
    whole: () => whole(reading()),
  };
}

/** Whether the fetched keys are in the Secret themselves. */
function keepsFetched({ template }: ExternalSecretSpec): boolean {
  return (
    template === undefined || template.merge || (template.data.size === 0 && template.sources.length === 0)
  );
}

function meaningOf(reading: Reading, key: string): Meaning {
  const { template } = reading.spec;
  const text = template?.data.get(key);
  if (text !== undefined) return meaningOfFormula(goFormula(text), (each) => fetched(reading, each));
  if (template !== undefined && template.sources.length > 0) {
    throw notConvertible(
      `only templateFrom knows whether it makes the key ${quoted(key)}`,
      'Write the template of this key below template.data.',
    );
  }
  if (!keepsFetched(reading.spec)) throw noKey(key);
  return fetched(reading, key);
}

function noKey(key: string): Error {
  return notConvertible(`its definition makes no key ${quoted(key)}`);
}

/** What is fetched for the key; of several entries the last one counts. */
function fetched(reading: Reading, key: string): Meaning {
  const { entries } = reading.spec;
  const named = entries.findLast((entry) => entry.kind === 'data' && entry.secretKey === key);
  if (named?.kind === 'data') return dataMeaning(reading, named);
  const many = entries.flatMap((entry) => (entry.kind !== 'data' && mayBring(entry, key) ? [entry] : []));
  const [only, ...more] = many;
  if (only === undefined) throw noKey(key);
  if (more.length > 0) {
    throw notConvertible(
      `only AWS knows which entry of dataFrom brings the key ${quoted(key)}`,
      'List the key below data, by its own name.',
    );
  }
  return only.kind === 'extract' ? extractMeaning(reading, only, key) : findMeaning(reading, only, key);
}

function mayBring(entry: Entry, key: string): boolean {
  if (entry.kind !== 'extract' || entry.rewrites.length === 0) return true;
  try {
    return key.startsWith(prefixOf(entry));
  } catch {
    return true;
  }
}

interface Base {
  readonly reference: Reference;
  readonly said: Pick<Members, 'role' | 'differences'>;
}

/** The reference that an entry asks for, without a property, and what goes with it. */
function baseOf({ namespace, around }: Reading, entry: Entry): Base {
  const store = storeOf(entry, namespace, around);
  const region = store.region ?? around.region;
  const address = addressOf(entry, store, region ?? ASSUMED_REGION);
  if (address.payload !== undefined)
    throw notConvertible('metadataPolicy: Fetch asks for tags, which annotations have no word for');
  const known = region !== undefined;
  if (entry.kind === 'find') {
    const path = onePath(entry);
    if (store.service !== 'ssm') throw notConvertible('its find is a search among secrets');
    const below = { store: 'ssm', region: address.region, name: path, below: 'one-level' } as const;
    return {
      reference: referenceOf(below, known),
      said: { ...storeRole(store), differences: nullByte(entry.find) },
    };
  }
  return {
    reference: referenceOf(address, known),
    said: { ...storeRole(store), differences: nullByte(entry.remote) },
  };
}

function nullByte({ nullBytes }: Pick<RemoteRef, 'nullBytes'>): readonly Difference[] {
  return nullBytes === 'Fail' ? ['eso-null-byte'] : [];
}

function decoded({ decoding }: Pick<RemoteRef, 'decoding'>): { readonly decode?: 'base64' } {
  if (decoding === 'None') return {};
  if (decoding === 'Base64') return { decode: 'base64' };
  throw notConvertible(
    `decodingStrategy ${decoding} has no option in a reference`,
    'Write Base64, if the value is standard base64.',
  );
}

function dataMeaning(reading: Reading, entry: DataEntry): Meaning {
  const { reference, said } = baseOf(reading, entry);
  const { property } = entry.remote;
  const decode = decoded(entry.remote);
  if (property === undefined) return { ...said, content: [{ ...reference, ...decode }] };
  const { text, differences } = propertyText(property, gjsonKeys(property));
  return {
    ...said,
    content: [{ ...reference, property: text, ...decode }],
    differences: ['eso-members', ...differences, ...said.differences],
  };
}

/** A member by name, also of a part of the document. */
function extractMeaning(reading: Reading, entry: ExtractEntry, key: string): Meaning {
  const { reference, said } = baseOf(reading, entry);
  const name = key.slice(prefixOf(entry).length);
  if (name === '') throw noKey(key);
  const { property } = entry.remote;
  const { text, differences } =
    property === undefined
      ? propertyText(name, [name])
      : { text: pathText([...gjsonKeys(property), name]), differences: [] };
  return {
    ...said,
    content: [{ ...reference, property: text, ...decoded(entry.remote) }],
    differences: ['eso-members', ...differences, ...said.differences],
  };
}

function findMeaning(reading: Reading, entry: Extract<Entry, { kind: 'find' }>, key: string): Meaning {
  const { reference, said } = baseOf(reading, entry);
  const path = onePath(entry);
  const { store, region } = reference;
  const alone = { store, name: `${path === '/' ? '' : path}/${key}`, region: region ?? ASSUMED_REGION };
  return { ...said, content: [referenceOf(alone, region !== undefined)] };
}

/** Everything that the Secret holds. */
function whole(reading: Reading): Whole {
  const { spec } = reading;
  if (spec.creation === 'Merge' || spec.creation === 'CreateOrMerge') {
    throw notConvertible(
      `with creationPolicy ${spec.creation} its Secret has keys of somebody else too`,
      'Name the keys that are meant.',
    );
  }
  if (spec.template !== undefined && spec.template.sources.length > 0)
    throw notConvertible('only templateFrom knows all keys that it makes');
  const kept = keepsFetched(spec) ? spec.entries : [];
  const members = kept.flatMap((entry) => (entry.kind === 'data' ? [] : [membersOf(reading, entry)]));
  const names = [
    ...kept.flatMap((entry) => (entry.kind === 'data' ? [entry.secretKey] : [])),
    ...(spec.template?.data.keys() ?? []),
  ];
  const keys = new Map(names.map((name) => [name, meaningOf(reading, name)]));
  return spec.deletion === 'Retain' ? { keys, members } : lenient({ keys, members });
}

/** With `deletionPolicy` Delete or Merge, what AWS does not have is left out of the Secret. */
function lenient({ keys, members }: Whole): Whole {
  const optional = { optional: true } as const;
  const more: readonly Difference[] = ['eso-deletion'];
  return {
    keys: new Map(
      [...keys].map(([key, meaning]) => [
        key,
        {
          ...meaning,
          content: meaning.content.map((part) => (isReference(part) ? { ...part, ...optional } : part)),
          differences: [...meaning.differences, ...more],
        },
      ]),
    ),
    members: members.map((each) => ({
      ...each,
      reference: { ...each.reference, ...optional },
      differences: [...each.differences, ...more],
    })),
  };
}

function membersOf(reading: Reading, entry: Exclude<Entry, DataEntry>): Members {
  const { reference, said } = baseOf(reading, entry);
  if (entry.kind === 'find') return { ...said, reference };
  const prefix = prefixOf(entry);
  const { property } = entry.remote;
  const part = property === undefined ? undefined : propertyText(property, gjsonKeys(property));
  return {
    ...said,
    reference: {
      ...reference,
      ...(part === undefined ? {} : { property: part.text }),
      ...(prefix === '' ? {} : { prefix }),
      ...decoded(entry.remote),
    },
    differences: ['eso-members', ...(part?.differences ?? []), ...said.differences],
  };
}
