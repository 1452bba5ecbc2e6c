import { checkSecretSize } from '../../definitions/secret-size.ts';
import { LatchkeyError } from '../../errors.ts';
import { isDnsLabel, isDnsSubdomain } from '../../kubernetes/object-names.ts';
import { type Json, recordAt, textAt, textsAt } from '../../manifests/objects.ts';
import { quoted } from '../../quote.ts';
import type { SecretValue } from '../../secret-value.ts';
import type { Fault } from './fault.ts';
import { leakingAnnotations } from './leaking-annotations.ts';
import {
  CLUSTER_WIDE_ANNOTATION,
  NAMESPACE_WIDE_ANNOTATION,
  type Scope,
  type SealedFor,
  scopeOf,
} from '../../sealed/scope.ts';
import { secretValues } from './secret-values.ts';
import { endsInNewline } from './trailing-newline.ts';

/** A Secret to be sealed. */
export interface SecretToSeal {
  readonly name: string;
  /** '' where nothing says one, which only `cluster-wide` allows. */
  readonly namespace: string;
  readonly scope: Scope;
  readonly values: ReadonlyMap<string, SecretValue>;
  /** What stays readable: nothing that a server added, nothing that holds a value, and no scope. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly immutable?: boolean;
}

/** What the command line says. */
export interface Overrides {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly scope?: Scope | undefined;
  /** For whom it is sealed whatever it says itself: a SealedSecret that is there. */
  readonly into?: SealedFor;
}

export interface ReadSecret {
  readonly secret: SecretToSeal;
  /** With an error among them, nothing is to be sealed. */
  readonly faults: readonly Fault[];
}

/** Reads a Secret's manifest for sealing. */
export function readSecret(manifest: Json, overrides: Overrides): ReadSecret {
  const metadata = recordAt(manifest, 'metadata');
  const written = textsAt(metadata, 'annotations');
  const { values, faults } = secretValues(manifest);
  const leaking = leakingAnnotations(written, values.values());
  const secret: SecretToSeal = {
    name: overrides.name ?? textAt(metadata, 'name') ?? '',
    namespace: textAt(metadata, 'namespace') ?? overrides.namespace ?? '',
    scope: overrides.scope ?? scopeOf(written),
    ...overrides.into,
    values,
    labels: textsAt(metadata, 'labels'),
    annotations: without(written, [...leaking, NAMESPACE_WIDE_ANNOTATION, CLUSTER_WIDE_ANNOTATION]),
    ...typeAndImmutable(manifest),
  };
  return {
    secret,
    faults: [
      ...faults,
      ...nameFaults(secret),
      ...namespaceFaults(secret, overrides.into === undefined ? overrides.namespace : undefined),
      ...sizeFaults(values, faults.length > 0),
      ...[...values].flatMap(([key, value]) => (endsInNewline(value) ? [newlineFault(manifest, key)] : [])),
      ...leaking.map(leakingFault),
    ],
  };
}

function typeAndImmutable(manifest: Json): Pick<SecretToSeal, 'type' | 'immutable'> {
  const { type, immutable } = manifest;
  return {
    ...(typeof type === 'string' && type !== '' ? { type } : {}),
    ...(typeof immutable === 'boolean' ? { immutable } : {}),
  };
}

function nameFaults({ name }: SecretToSeal): readonly Fault[] {
  const path = ['metadata', 'name'];
  if (name === '')
    return [error(path, 'LK-NAME', 'the Secret has no name', 'Give it one, or name it with --name.')];
  if (isDnsSubdomain(name)) return [];
  return [
    error(path, 'LK-NAME', `${quoted(name)} cannot name a Secret`, 'Use lower-case letters, digits, - and .'),
  ];
}

/** Never guessed: what is sealed for a namespace opens in no other, and nobody sees that before it is needed. */
function namespaceFaults({ namespace, scope }: SecretToSeal, wanted: string | undefined): readonly Fault[] {
  const path = ['metadata', 'namespace'];
  if (wanted !== undefined && namespace !== wanted)
    return [
      error(
        path,
        'LK-CONFLICT',
        `the Secret is of namespace ${quoted(namespace)}, and --namespace says ${quoted(wanted)}`,
        'Leave one of them out, or make them alike.',
      ),
    ];
  if (namespace === '' && scope !== 'cluster-wide')
    return [
      error(
        path,
        'LK-NAME',
        `the Secret has no namespace, and ${scope} is sealed for one`,
        'Write it into the Secret, or name it with --namespace.',
      ),
    ];
  if (namespace === '' || isDnsLabel(namespace)) return [];
  return [
    error(
      path,
      'LK-NAME',
      `${quoted(namespace)} cannot name a namespace`,
      'Use lower-case letters, digits and -.',
    ),
  ];
}

function sizeFaults(values: ReadonlyMap<string, SecretValue>, wrong: boolean): readonly Fault[] {
  if (values.size === 0)
    return wrong
      ? []
      : [error(['data'], 'LK-EMPTY', 'the Secret holds no values', 'Give it data or stringData.')];
  try {
    checkSecretSize(values);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof LatchkeyError)) throw thrown;
    return [error(['data'], thrown.code, thrown.message, 'Split the Secret in two.')];
  }
}

function newlineFault(manifest: Json, key: string): Fault {
  const field = Object.hasOwn(recordAt(manifest, 'stringData'), key) ? 'stringData' : 'data';
  return {
    path: [field, key],
    code: 'LK-ENCODING',
    message: 'the value ends in a line break, which is sealed with it',
    remedy: 'If it does not belong to the value, leave it out: printf instead of echo.',
    severity: 'warning',
  };
}

function leakingFault(key: string): Fault {
  return {
    path: ['metadata', 'annotations', key],
    code: 'LK-CONFLICT',
    message: 'the annotation is left out: it holds values in clear',
    remedy: 'Remove it from the Secret.',
    severity: 'warning',
  };
}

function without(
  record: Readonly<Record<string, string>>,
  keys: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
}

function error(path: Fault['path'], code: Fault['code'], message: string, remedy: string): Fault {
  return { path, code, message, remedy };
}
