// ExternalSecrets of kubernetes-external-secrets.

import { describe } from '../../errors.ts';
import { kesAddress, itemsOf, writtenName } from '../../definitions/kes/questions.ts';
import { lodashPath } from '../../definitions/kes/lodash-path.ts';
import { KES_API_VERSION, KES_KIND, readKesSpec } from '../../definitions/kes/read-spec.ts';
import type { KesItem, KesKeyItem, KesSpec } from '../../definitions/kes/spec.ts';
import type { ManifestObject } from '../../manifests/objects.ts';
import { ASSUMED_REGION } from '../../manifests/plan-template.ts';
import { quoted } from '../../quote.ts';
import type { Reference } from '../../request/reference.ts';
import type { Difference } from '../differences.ts';
import { unwrapBase64 } from '../templates/base64-text.ts';
import { meaningOfFormula } from '../templates/content-of-formula.ts';
import { lodashFormula } from '../templates/lodash-formula.ts';
import type { Around, DefinitionKind, MadeSecret } from './definition-kind.ts';
import { type Meaning, type Members, notConvertible, type Role, type Whole } from './meaning.ts';
import { propertyText } from './property-text.ts';
import { referenceOf } from './reference-of.ts';

export const KES: DefinitionKind = {
  is: ({ apiVersion, kind }) => apiVersion === KES_API_VERSION && kind === KES_KIND,
  secretsOf: (definition, around) => [secretOf(definition, around)],
};

/** One definition that could be read. */
interface Reading {
  readonly spec: KesSpec;
  readonly region: string | undefined;
}

function secretOf(definition: ManifestObject, { defaultNamespace, region }: Around): MadeSecret {
  const read = readKesSpec(definition.value);
  const reading = (): Reading => {
    if (read.kind === 'spec') return { spec: read.spec, region };
    throw notConvertible(`its definition is wrong: ${describe(read.problems[0])}`);
  };
  return {
    definition,
    namespace: definition.namespace ?? defaultNamespace,
    name: definition.name,
    reader: 'the role of kubernetes-external-secrets',
    meaningOf: (key) => withRole(reading(), meaningOf(reading(), key)),
    whole: () => whole(reading()),
  };
}

function roleOf({ spec }: Reading): { readonly role?: Role } {
  return spec.roleArn === undefined ? {} : { role: { arn: spec.roleArn.value } };
}

function withRole<Said extends Meaning | Members>(reading: Reading, said: Said): Said {
  return { ...said, ...roleOf(reading) };
}

/** The reference that an item asks for, without its property. */
function baseOf({ spec, region }: Reading, item: KesItem): Reference {
  const known = spec.region?.value ?? region;
  return referenceOf(kesAddress(spec, item, known ?? ASSUMED_REGION), known !== undefined);
}

/** What KES makes of the key: `stringData` over what is fetched over `data`. */
function meaningOf(reading: Reading, key: string): Meaning {
  const { template } = reading.spec;
  const above = template.stringData.find(({ name }) => name === key);
  if (above !== undefined) return templated(reading, above.value, false);
  const below = template.data.find(({ name }) => name === key);
  if (below === undefined || mayFetch(reading, key)) return fetched(reading, key);
  return templated(reading, below.value, true);
}

function templated(reading: Reading, text: string, isBase64: boolean): Meaning {
  const formula = lodashFormula(text);
  return meaningOfFormula(isBase64 ? unwrapBase64(formula) : formula, (key) => fetched(reading, key));
}

function mayFetch({ spec }: Reading, key: string): boolean {
  return itemsOf(spec).some((item) => item.kind !== 'key' || item.name === key);
}

/** What is fetched for the key; of several items the last one counts. */
function fetched(reading: Reading, key: string): Meaning {
  const items = itemsOf(reading.spec);
  const at = items.findLastIndex((item) => item.kind === 'key' && item.name === key);
  const named = items[at];
  const later = items.slice(at + 1).filter(({ kind }) => kind !== 'key');
  const [only, ...more] = later;
  if (named?.kind === 'key' && only === undefined) return keyMeaning(reading, named);
  if (only === undefined) throw notConvertible(`its definition makes no key ${quoted(key)}`);
  if (named !== undefined || more.length > 0) {
    throw notConvertible(
      `only AWS knows which entry brings the key ${quoted(key)}: ${quoted(writtenName(only))} may, and another too`,
      'List the key below data, by its own name.',
    );
  }
  return memberMeaning(reading, only, key);
}

function keyMeaning(reading: Reading, item: KesKeyItem): Meaning {
  const { property, isBinary } = item;
  const differences: Difference[] = isBinary ? ['kes-base64'] : [];
  const base = baseOf(reading, item);
  const decoded = isBinary ? ({ decode: 'base64' } as const) : {};
  if (property === undefined) return { content: [{ ...base, ...decoded }], differences };
  const { text, differences: own } = propertyText(property, lodashPath(property));
  return {
    content: [{ ...base, property: text, ...decoded }],
    differences: ['kes-members', ...own, ...differences],
  };
}

/** A key by name out of what an entry brings many of. */
function memberMeaning(reading: Reading, item: KesItem, key: string): Meaning {
  if (item.kind !== 'path') {
    const { text, differences } = propertyText(key, [key]);
    return {
      content: [{ ...baseOf(reading, item), property: text }],
      differences: ['kes-members', ...differences],
    };
  }
  checkOneLevel(item.recursive, item.path);
  const path = item.path.replace(/\/$/, '');
  const alone: KesKeyItem = {
    kind: 'key',
    key: `${path}/${key}`,
    name: key,
    isBinary: false,
    version: {},
    place: item.place,
  };
  return { content: [baseOf(reading, alone)], differences: [] };
}

function checkOneLevel(recursive: boolean, path: string): void {
  if (!recursive) return;
  throw notConvertible(
    `only AWS knows on which level below ${quoted(path)} a parameter is`,
    'List the parameters below data, by their names.',
  );
}

/** Everything that the Secret holds. */
function whole(reading: Reading): Whole {
  const { spec } = reading;
  const items = itemsOf(spec);
  const firstKey = items.findIndex(({ kind }) => kind === 'key');
  const shadowed = items.slice(firstKey === -1 ? items.length : firstKey).find(({ kind }) => kind !== 'key');
  if (shadowed !== undefined) {
    throw notConvertible(
      `only AWS knows whether ${quoted(writtenName(shadowed))} brings a key that stands before it`,
      'Put paths before keys, where none of them brings such a key.',
    );
  }
  const members = items.flatMap((item) => (item.kind === 'key' ? [] : [membersOf(reading, item)]));
  const below = spec.template.data.map(({ name }) => name);
  if (members.length > 0 && below.length > 0)
    throw notConvertible('only AWS knows which keys of template.data are fetched as well');
  const names = [
    ...below,
    ...items.flatMap((item) => (item.kind === 'key' ? [item.name] : [])),
    ...spec.template.stringData.map(({ name }) => name),
  ];
  const keys = new Map(names.map((name) => [name, withRole(reading, meaningOf(reading, name))]));
  return { keys, members };
}

function membersOf(reading: Reading, item: Exclude<KesItem, KesKeyItem>): Members {
  if (item.kind === 'path') checkOneLevel(item.recursive, item.path);
  const differences: readonly Difference[] = item.kind === 'path' ? [] : ['kes-members'];
  return withRole(reading, { reference: baseOf(reading, item), differences });
}
