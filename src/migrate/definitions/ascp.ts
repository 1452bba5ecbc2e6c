// SecretProviderClasses of the AWS provider: the files that pods mount, and the Secrets that the driver makes of them.

import { secretNamesOf } from '../../adoption/definition-kinds.ts';
import type { ProvidedFile, ProviderClass, SecretObject } from '../../definitions/ascp/provider-class.ts';
import { GROUP, readProviderClass } from '../../definitions/ascp/read-provider-class.ts';
import { describe } from '../../errors.ts';
import { type ManifestObject, recordAt, textAt } from '../../manifests/objects.ts';
import { assumedRegion } from '../../manifests/plan-template.ts';
import { quoted } from '../../quote.ts';
import type { Difference } from '../differences.ts';
import { classFiles } from './class-files.ts';
import type { Around, DefinitionKind, MadeSecret } from './definition-kind.ts';
import { type Meaning, notConvertible, type Whole } from './meaning.ts';
import { plainJmesPath } from './plain-jmes-path.ts';
import { referenceOf } from './reference-of.ts';

const PROVIDER = 'aws';

export const ASCP: DefinitionKind = {
  is: ({ apiVersion, kind, value }) =>
    apiVersion.startsWith(`${GROUP}/`) &&
    kind === 'SecretProviderClass' &&
    textAt(recordAt(value, 'spec'), 'provider') === PROVIDER,
  secretsOf(definition, around) {
    const reading = readingOf(definition, around);
    const common = {
      definition,
      namespace: definition.namespace ?? around.defaultNamespace,
      reader: 'the Secrets Store CSI driver in its name',
    };
    const files: MadeSecret = {
      ...common,
      name: classFiles(definition.name),
      meaningOf: (path) => fileMeaning(reading(), path),
      whole: () => wholeVolume(reading()),
    };
    const secrets = secretNamesOf('ascp', definition.value).map((name): MadeSecret => ({
      ...common,
      name,
      meaningOf: (key) => keyMeaning(reading(), name, key),
      whole: () => wholeSecret(reading(), name),
    }));
    return [files, ...secrets];
  },
};

/** A class that could be read. */
interface Reading {
  readonly providerClass: ProviderClass;
  /** Whether the class or the input says the region; otherwise it is left to the pod's surroundings. */
  readonly regionKnown: boolean;
}

/** Read once for all of its Secrets; what is wrong is thrown each time. */
function readingOf(definition: ManifestObject, { defaultNamespace, region }: Around): () => Reading {
  const parameters = recordAt(recordAt(definition.value, 'spec'), 'parameters');
  const read = readProviderClass(definition.value, {
    namespace: definition.namespace ?? defaultNamespace,
    namespaceLabels: {},
    namespaceAnnotations: {},
    region: region ?? assumedRegion(textAt(parameters, 'failoverRegion')),
    allowedSecretTypes: [],
  });
  const regionKnown = region !== undefined || (textAt(parameters, 'region') ?? '') !== '';
  return () => {
    if (read.kind === 'class') return { providerClass: read.providerClass, regionKnown };
    throw notConvertible(`its definition is wrong: ${describe(read.problems[0])}`);
  };
}

function fileAt({ providerClass: { files } }: Reading, path: string): ProvidedFile {
  const file = files.find((each) => each.path === path);
  if (file !== undefined) return file;
  throw notConvertible(`its definition has no file ${quoted(path)}`);
}

function fileMeaning(reading: Reading, path: string): Meaning {
  const { content, differences } = contentMeaning(reading, fileAt(reading, path));
  const mounting = reading.providerClass.secretObjects.length === 0 ? [] : (['ascp-mount'] as const);
  return { content, differences: [...differences, 'ascp-stored', ...mounting] };
}

function contentMeaning({ providerClass, regionKnown }: Reading, { source }: ProvidedFile): Meaning {
  const { address, failover, jmesPath } = source;
  if (failover !== undefined) {
    throw notConvertible(
      'it has a failoverObject, and annotations ask the same name in another region',
      'Replicate the secret under its own name, and write latchkey.dev/failover-region.',
    );
  }
  const differences: readonly Difference[] = [
    ...(providerClass.failoverRegion === undefined ? [] : (['ascp-failover-region'] as const)),
    ...(providerClass.usePodIdentity ? (['ascp-pod-identity'] as const) : []),
  ];
  const reference = referenceOf(address, regionKnown);
  if (jmesPath === undefined) return { content: [reference], differences };
  const property = plainJmesPath(jmesPath);
  if (property === undefined) {
    throw notConvertible(
      `the jmesPath ${quoted(jmesPath)} is no plain path, and a property is nothing else`,
      'Store what it makes under a key of its own.',
    );
  }
  return { content: [{ ...reference, property }], differences: [...differences, 'ascp-members'] };
}

function wholeVolume(reading: Reading): Whole {
  const { files } = reading.providerClass;
  if (files.length === 0) throw notConvertible('its definition lists no objects');
  return {
    keys: new Map(files.map(({ path }) => [path, fileMeaning(reading, path)])),
    modes: new Map(files.flatMap(({ path, mode }) => (mode === undefined ? [] : [[path, mode] as const]))),
    members: [],
  };
}

function secretObject({ providerClass: { secretObjects } }: Reading, name: string): SecretObject {
  const object = secretObjects.find((each) => each.name === name);
  const [problem] = object?.problems ?? [];
  if (problem !== undefined) throw notConvertible(`its definition is wrong: ${describe(problem)}`);
  if (object === undefined) throw notConvertible('its definition makes no such Secret');
  return object;
}

function keyMeaning(reading: Reading, name: string, key: string): Meaning {
  const object = secretObject(reading, name);
  const entry = object.data.find((each) => each.key === key);
  if (entry === undefined) throw notConvertible(`its definition makes no key ${quoted(key)}`);
  const { content, differences } = contentMeaning(reading, fileAt(reading, entry.path));
  if (object.type !== TLS || !TLS_KEYS.includes(key)) return { content, differences };
  const paths = object.data.filter((each) => TLS_KEYS.includes(each.key)).map(({ path }) => path);
  if (new Set(paths).size < paths.length) {
    throw notConvertible(
      'the driver takes a certificate and a key out of one bundle, and references take nothing apart',
      'Store the two in parameters, or under keys, of their own.',
    );
  }
  return { content, differences: [...differences, 'ascp-tls'] };
}

const TLS = 'kubernetes.io/tls';
const TLS_KEYS: readonly string[] = ['tls.crt', 'tls.key'];

function wholeSecret(reading: Reading, name: string): Whole {
  const { data } = secretObject(reading, name);
  return { keys: new Map(data.map(({ key }) => [key, keyMeaning(reading, name, key)])), members: [] };
}
