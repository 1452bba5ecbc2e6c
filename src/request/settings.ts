// What is set for the whole pod: by its annotations, else by the namespace's, else by the operator.

import { LatchkeyError } from '../errors.ts';
import { DEFAULT_FILE_MODE, DEFAULT_MOUNT_PATH, PREFIX } from '../names.ts';
import { quoted } from '../quote.ts';
import type { SettingName } from './annotations.ts';
import { parseRoleArn } from './arn.ts';
import { parseFileMode } from './file-mode.ts';
import { checkMountPath } from './file-path.ts';
import { didYouMean } from '../nearest.ts';
import type { DeliveryName, Place, Plan, PlanDefaults } from './plan.ts';
import type { Problems } from './problems.ts';
import { annotationPlace, attempt, namespacePlace } from './problems.ts';
import { checkRegion } from './regions.ts';

export interface Settings {
  readonly delivery: DeliveryName;
  readonly mountPath: string;
  readonly fileMode: number;
  readonly region?: string;
  /** Somebody named a region, but not well. */
  readonly regionIsWrong: boolean;
  readonly failoverRegion?: string;
  readonly assumeRoleArn?: string;
  readonly externalId?: string;
  readonly preflight: Plan['preflight'];
}

const DELIVERIES = ['secret', 'memory', 'plaintext'] as const;
const PREFLIGHTS = ['off', 'warn', 'enforce'] as const;
const INJECTIONS = ['enabled', 'disabled'] as const;
const LATER = ['refresh', 'on-change'] as const;
/** What IAM allows in an external id. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

type Annotations = ReadonlyMap<SettingName, string>;

function oneOf<Value extends string>(text: string, valid: readonly Value[]): Value {
  const trimmed = text.trim();
  const found = valid.find((candidate) => candidate === trimmed);
  if (found !== undefined) return found;
  throw new LatchkeyError(
    'LK-UNKNOWN',
    `${quoted(trimmed)} is not known`,
    `Valid is ${valid.join(', ')}.${didYouMean(trimmed, valid)}`,
  );
}

function readRegion(text: string): string {
  const region = text.trim();
  checkRegion(region);
  return region;
}

function readRole(text: string): string {
  const role = text.trim();
  parseRoleArn(role);
  return role;
}

function readExternalId(text: string): string {
  const id = text.trim();
  if (EXTERNAL_ID.test(id)) return id;
  throw new LatchkeyError(
    'LK-SYNTAX',
    `${quoted(id)} is no external id`,
    'IAM allows 2 to 1224 letters, digits and _ + = , . @ : / - in it.',
  );
}

/** The first of several places that says something; each place is read only where it counts. */
interface Said {
  readonly text: string;
  readonly place: Place;
}

function firstSaid(
  annotations: Annotations,
  defaults: PlanDefaults,
  names: readonly [SettingName, string],
): Said | undefined {
  const [podName, namespaceName] = names;
  const onPod = annotations.get(podName);
  if (onPod !== undefined) return { text: onPod, place: annotationPlace(podName) };
  const onNamespace = namespaceAnnotation(defaults, namespaceName);
  return onNamespace === undefined ? undefined : { text: onNamespace, place: namespacePlace(namespaceName) };
}

/** One of the namespace's own annotations, by its name behind the prefix. */
export function namespaceAnnotation(defaults: PlanDefaults, name: string): string | undefined {
  const key = PREFIX + name;
  return Object.hasOwn(defaults.namespaceAnnotations, key) ? defaults.namespaceAnnotations[key] : undefined;
}

function readDelivery(annotations: Annotations, defaults: PlanDefaults, problems: Problems): DeliveryName {
  const said = firstSaid(annotations, defaults, ['delivery', 'default-delivery']);
  if (said === undefined) return defaults.delivery;
  return attempt(problems, said.place, () => oneOf(said.text, DELIVERIES)) ?? defaults.delivery;
}

function readDefaultRegion(
  annotations: Annotations,
  defaults: PlanDefaults,
  problems: Problems,
): Pick<Settings, 'region' | 'regionIsWrong'> {
  const said = firstSaid(annotations, defaults, ['region', 'region']);
  if (said === undefined)
    return { regionIsWrong: false, ...(defaults.region !== undefined && { region: defaults.region }) };
  const region = attempt(problems, said.place, () => readRegion(said.text));
  return region === undefined ? { regionIsWrong: true } : { regionIsWrong: false, region };
}

function checkLater(annotations: Annotations, problems: Problems): void {
  for (const name of LATER) {
    if (!annotations.has(name)) continue;
    attempt(problems, annotationPlace(name), () => {
      throw new LatchkeyError(
        'LK-LATER',
        'this needs a later version of Latchkey',
        'Remove the annotation; until then a new roll-out brings new values.',
      );
    });
  }
}

function checkExternalId(
  settings: Pick<Settings, 'externalId'>,
  annotations: Annotations,
  problems: Problems,
): void {
  if (settings.externalId === undefined || annotations.has('assume-role-arn')) return;
  attempt(problems, annotationPlace('external-id'), () => {
    throw new LatchkeyError(
      'LK-SYNTAX',
      'an external id without a role to assume',
      `Write ${PREFIX}assume-role-arn too, or remove it.`,
    );
  });
}

/** Reads every annotation that sets something for the whole pod but `containers`; reports each that is wrong. */
export function readSettings(annotations: Annotations, defaults: PlanDefaults, problems: Problems): Settings {
  const read = <Value>(name: SettingName, reader: (text: string) => Value): Value | undefined => {
    const text = annotations.get(name);
    return text === undefined ? undefined : attempt(problems, annotationPlace(name), () => reader(text));
  };
  read('injection', (text) => oneOf(text, INJECTIONS));
  checkLater(annotations, problems);
  const failoverRegion = read('failover-region', readRegion);
  const assumeRoleArn = read('assume-role-arn', readRole);
  const externalId = read('external-id', readExternalId);
  const settings: Settings = {
    delivery: readDelivery(annotations, defaults, problems),
    mountPath: read('mount-path', checkMountPath) ?? DEFAULT_MOUNT_PATH,
    fileMode: read('file-mode', (text) => parseFileMode(text.trim())) ?? DEFAULT_FILE_MODE,
    preflight: read('preflight', (text) => oneOf(text, PREFLIGHTS)) ?? 'warn',
    ...readDefaultRegion(annotations, defaults, problems),
    ...(failoverRegion !== undefined && { failoverRegion }),
    ...(assumeRoleArn !== undefined && { assumeRoleArn }),
    ...(externalId !== undefined && { externalId }),
  };
  checkExternalId(settings, annotations, problems);
  return settings;
}
