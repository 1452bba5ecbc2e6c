import type { Problem } from '../../errors.ts';
import { quoted } from '../../quote.ts';
import type { Place } from '../../request/plan.ts';
import { LEGACY_SECRETS_MANAGER, readBackend } from './backend.ts';
import type { KesBackend } from './backend.ts';
import { OBJECT_FIELDS, SPEC_FIELDS } from './fields.ts';
import { createFindings } from './findings.ts';
import type { Findings } from './findings.ts';
import { readData } from './read-data.ts';
import { readDataFrom, readDataFromWithOptions } from './read-members.ts';
import { readRegion, readRole } from './read-role.ts';
import { readTemplate } from './read-template.ts';
import type { Mapping } from './shape.ts';
import { checkFields, has, isMapping, mappingAt, placeAt, placeOf, textAt, wrong } from './shape.ts';
import type { KesLegacyForm, KesSpec, ReadKesSpec } from './spec.ts';

export const KES_API_VERSION = 'kubernetes-client.io/v1';
export const KES_KIND = 'ExternalSecret';

/**
 * Reads an `ExternalSecret` of kubernetes-external-secrets, in today's form or one of the first releases'.
 *
 * @param object the object as JSON, of any origin and shape
 * @returns the normalised spec with warnings, or every problem at once: LK-DEFINITION, LK-NAME, LK-SYNTAX (of an ARN),
 * LK-REGION. Never throws.
 */
export function readKesSpec(object: unknown): ReadKesSpec {
  const name = nameOf(object);
  const whose = { title: `${KES_KIND} ${name === '' ? '(unnamed)' : quoted(name)}` };
  const place = placeAt(whose, '');
  const findings = createFindings(place);
  const spec = isMapping(object)
    ? readObject({ value: object, field: '', whose, findings }, name)
    : notAnObject(findings, place);
  const [first, ...rest] = findings.problems();
  if (first !== undefined) return { kind: 'problems', problems: [first, ...rest] };
  return spec === undefined ? { kind: 'problems', problems: [unread(place)] } : { kind: 'spec', spec };
}

function nameOf(object: unknown): string {
  const metadata = isMapping(object) && Object.hasOwn(object, 'metadata') ? object['metadata'] : undefined;
  const name = isMapping(metadata) && Object.hasOwn(metadata, 'name') ? metadata['name'] : undefined;
  return typeof name === 'string' ? name : '';
}

function notAnObject(findings: Findings, place: Place): undefined {
  findings.refuse(place, () => wrong('this is no object', `Write an ${KES_KIND} of ${KES_API_VERSION}.`));
  return undefined;
}

/** What could not be read has said why; this is for a bug in between. */
function unread(place: Place): Problem {
  return {
    code: 'LK-INTERNAL',
    place: place.label,
    field: place.field,
    message: 'the definition could not be read',
    remedy: 'Please report this.',
  };
}

function readObject(object: Mapping, name: string): KesSpec | undefined {
  checkIdentity(object, name);
  checkFields(object, OBJECT_FIELDS);
  const legacy: KesLegacyForm[] = [];
  const spec = specOf(object, legacy);
  if (spec === undefined) return undefined;
  const backend = readBackend(spec);
  if (backend === 'foreign') return undefined;
  if (spec.value['backendType'] === LEGACY_SECRETS_MANAGER) legacy.push('secretManager');
  checkFields(spec, SPEC_FIELDS);
  warnOfName(spec, name);
  return readBody({ spec, object, backend, legacy, name });
}

function checkIdentity(object: Mapping, name: string): void {
  const { value, findings } = object;
  if (value['kind'] !== KES_KIND || value['apiVersion'] !== KES_API_VERSION) {
    findings.refuse(placeOf(object, 'apiVersion'), () =>
      wrong(
        `this is no ${KES_KIND} of ${KES_API_VERSION}`,
        `Write apiVersion: ${KES_API_VERSION} and kind: ${KES_KIND}.`,
      ),
    );
  }
  if (name !== '') return;
  findings.refuse(placeAt(object.whose, 'metadata.name'), () =>
    wrong('it is missing', 'Give the definition the name that its Secret shall have.'),
  );
}

/** `spec`, or `secretDescriptor` where there is none. */
function specOf(object: Mapping, legacy: KesLegacyForm[]): Mapping | undefined {
  if (has(object, 'spec')) {
    if (has(object, 'secretDescriptor')) {
      object.findings.warn(
        placeOf(object, 'secretDescriptor'),
        () => 'it is ignored beside spec, as KES ignores it',
      );
    }
    return mappingAt(object, 'spec');
  }
  if (has(object, 'secretDescriptor')) {
    legacy.push('secretDescriptor');
    return mappingAt(object, 'secretDescriptor');
  }
  object.findings.refuse(placeOf(object, 'spec'), () =>
    wrong('it is missing', 'Write spec with backendType and data.'),
  );
  return undefined;
}

/** KES always named the Secret like the definition; only its very first releases took the name from here. */
function warnOfName(spec: Mapping, name: string): void {
  const written = textAt(spec, 'name');
  if (written === undefined || written === name) return;
  spec.findings.warn(
    placeOf(spec, 'name'),
    () => `it is ignored, as KES ignores it: the Secret is ${quoted(name)}`,
  );
}

interface Body {
  readonly spec: Mapping;
  readonly object: Mapping;
  readonly backend: KesBackend | undefined;
  readonly legacy: KesLegacyForm[];
  readonly name: string;
}

const LISTS = ['data', 'dataFrom', 'dataFromWithOptions'];

function readBody({ spec, object, backend, legacy, name }: Body): KesSpec | undefined {
  const { findings } = spec;
  const list = dataList(spec, legacy);
  const reading = { spec, backend };
  const data = readData(reading, list);
  const dataFrom = readDataFrom(reading);
  const dataFromWithOptions = readDataFromWithOptions(reading);
  if (![list, ...LISTS].some((each) => has(spec, each))) {
    findings.refuse(placeOf(spec), () => wrong('nothing is asked for', `Write one of ${LISTS.join(', ')}.`));
  }
  const { template, type } = readTemplate(spec);
  const legacyType = textAt(spec, 'type');
  if (has(spec, 'type')) legacy.push('type');
  const roleArn = readRole(spec);
  const region = readRegion(spec);
  const controllerId = readControllerId(spec);
  if (backend === undefined) return undefined;
  return {
    name,
    place: placeOf(object),
    backend,
    data,
    dataFrom,
    dataFromWithOptions,
    ...(roleArn !== undefined && { roleArn }),
    ...(region !== undefined && { region }),
    ...(controllerId !== undefined && { controllerId }),
    type: type ?? { value: legacyType || 'Opaque', place: placeOf(spec, 'type') },
    template,
    legacy,
    warnings: findings.warnings(),
  };
}

/** `data`, or `properties` where there is none. */
function dataList(spec: Mapping, legacy: KesLegacyForm[]): 'data' | 'properties' {
  if (!has(spec, 'properties')) return 'data';
  if (has(spec, 'data')) {
    spec.findings.warn(placeOf(spec, 'properties'), () => 'it is ignored beside data, as KES ignores it');
    return 'data';
  }
  legacy.push('properties');
  return 'properties';
}

function readControllerId(spec: Mapping): string | undefined {
  const id = textAt(spec, 'controllerId');
  if (id === undefined || id === '') return undefined;
  spec.findings.warn(
    placeOf(spec, 'controllerId'),
    () => 'it chooses between instances of KES; Latchkey carries the definition out whatever it says',
  );
  return id;
}
