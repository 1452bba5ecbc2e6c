import type { ManifestObject } from '../manifests/objects.ts';
import { printable } from '../quote.ts';
import { formatReference } from '../request/reference.ts';
import { formatTemplate } from '../request/template.ts';
import type { Around, MadeSecret } from './definitions/definition-kind.ts';
import { DEFINITION_KINDS } from './definitions/definition-kinds.ts';
import { type Meaning, notConvertible, roleKey, type Whole } from './definitions/meaning.ts';
import type { Meanings } from './workloads/wishes.ts';

/** Every Secret that definitions of the input make. */
export interface MadeSecrets {
  readonly all: readonly MadeSecret[];
  /** Those of one name: several definitions may make it. */
  named(namespace: string, name: string): readonly MadeSecret[];
  /** What they mean to the pods of a namespace. */
  meaningsFor(namespace: string): Meanings;
}

/** `FILE:LINE`, for messages. */
function placeOf(object: ManifestObject): string {
  return `${printable(object.file, 1000)}:${String(object.lineOf(['metadata', 'name']))}`;
}

export function madeSecrets(around: Around): MadeSecrets {
  const all = around.objects.flatMap((object) =>
    DEFINITION_KINDS.flatMap((kind) => (kind.is(object) ? kind.secretsOf(object, around) : [])),
  );
  const byName = new Map<string, MadeSecret[]>();
  for (const each of all) {
    const key = JSON.stringify([each.namespace, each.name]);
    byName.set(key, [...(byName.get(key) ?? []), each]);
  }
  const named = (namespace: string, name: string): readonly MadeSecret[] =>
    byName.get(JSON.stringify([namespace, name])) ?? [];

  function check(namespace: string, name: string): readonly MadeSecret[] {
    const found = named(namespace, name);
    for (const { definition } of found) around.checkWhole(definition);
    const literal = around.objects.find(
      (object) =>
        object.apiVersion === 'v1' &&
        object.kind === 'Secret' &&
        object.name === name &&
        (object.namespace ?? around.defaultNamespace) === namespace,
    );
    if (literal !== undefined)
      throw notConvertible(
        `${placeOf(literal)} holds a Secret of this name as well`,
        'Remove one of the two.',
      );
    return found;
  }

  return {
    all,
    named,
    meaningsFor: (namespace) => ({
      meaningOf: (secret, key) => agreed(check(namespace, secret), (made) => made.meaningOf(key), meaningKey),
      wholeOf: (secret) => agreed(check(namespace, secret), (made) => made.whole(), wholeKey),
    }),
  };
}

function meaningKey({ content, role }: Meaning): string {
  return `${roleKey(role)} ${formatTemplate(content)}`;
}

function wholeKey({ keys, modes, members }: Whole): string {
  return JSON.stringify([
    [...keys].map(([key, meaning]) => [key, meaningKey(meaning)]),
    [...(modes ?? [])],
    members.map(({ reference, role }) => [roleKey(role), formatReference(reference)]),
  ]);
}

/** What all definitions of a Secret say, if they say the same. */
function agreed<Said>(
  found: readonly MadeSecret[],
  ask: (made: MadeSecret) => Said,
  key: (said: Said) => string,
): Said {
  const [first, ...more] = found;
  if (first === undefined) throw notConvertible('no definition of the input makes the Secret');
  const said = ask(first);
  for (const other of more) {
    if (key(ask(other)) === key(said)) continue;
    throw notConvertible(
      `${placeOf(first.definition)} and ${placeOf(other.definition)} both make this Secret, and not the same`,
      'Give the manifests of one environment, as kustomize or Helm builds them.',
    );
  }
  return said;
}
