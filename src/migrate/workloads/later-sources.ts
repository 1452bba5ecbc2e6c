// Among `envFrom` the last source wins; what Latchkey injects wins over all of them.

import { type ManifestObject, recordAt, textAt } from '../../manifests/objects.ts';
import { quoted } from '../../quote.ts';
import { expansionTokens } from '../../request/kubelet-expansion.ts';
import { notConvertible } from '../definitions/meaning.ts';
import type { EnvFromUse } from './uses.ts';
import type { Wishes } from './wishes.ts';

/** What else of the input decides which value of a variable counts. */
export interface Neighbours {
  readonly namespace: string;
  readonly objects: readonly ManifestObject[];
  readonly defaultNamespace: string;
  /** Whether a definition of the input makes it. */
  isMade(secret: string): boolean;
}

/** The variables that the container sets itself. */
export function ownNames({ container }: EnvFromUse): ReadonlySet<string> {
  const env: unknown = container.value['env'];
  const entries: readonly unknown[] = Array.isArray(env) ? env : [];
  return new Set(entries.flatMap((entry) => textAt(entry, 'name') ?? []));
}

interface LaterSource {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly prefix: string;
}

function laterSources({ container, path }: EnvFromUse): readonly LaterSource[] {
  const list: unknown = container.value['envFrom'];
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  return entries.slice(Number(path.at(-1)) + 1).flatMap((entry): readonly LaterSource[] => {
    const prefix = textAt(entry, 'prefix') ?? '';
    const map = textAt(recordAt(entry, 'configMapRef'), 'name');
    if (map !== undefined) return [{ kind: 'ConfigMap', name: map, prefix }];
    const secret = textAt(recordAt(entry, 'secretRef'), 'name');
    return secret === undefined ? [] : [{ kind: 'Secret', name: secret, prefix }];
  });
}

/** The keys of an object of the input; undefined where it is not there. */
function keysOf({ kind, name }: LaterSource, neighbours: Neighbours): readonly string[] | undefined {
  const { objects, namespace, defaultNamespace } = neighbours;
  const found = objects.find(
    (object) =>
      object.apiVersion === 'v1' &&
      object.kind === kind &&
      object.name === name &&
      (object.namespace ?? defaultNamespace) === namespace,
  );
  if (found === undefined) return undefined;
  return ['data', 'stringData', 'binaryData'].flatMap((field) => Object.keys(recordAt(found.value, field)));
}

/**
 * Checks that no later source of the container sets one of the variables.
 *
 * @throws LatchkeyError where one does, or where nobody knows
 */
export function checkLaterSources(use: EnvFromUse, wishes: Wishes, neighbours: Neighbours): void {
  for (const source of laterSources(use)) {
    if (source.kind === 'Secret' && neighbours.isMade(source.name)) continue;
    const title = `${source.kind} ${quoted(source.name)}`;
    const keys = keysOf(source, neighbours);
    if (keys === undefined || wishes.members.length > 0) {
      throw notConvertible(
        `${title} stands behind it in envFrom, and a variable that both have comes from there`,
        'Give its file too, or let this source stand last.',
      );
    }
    const names = new Set(keys.map((key) => source.prefix + key));
    const same = wishes.variables.find(({ name }) => names.has(name));
    if (same === undefined) continue;
    throw notConvertible(
      `${title}, which stands behind it in envFrom, sets ${quoted(same.name)} too, and wins`,
      'Remove the variable from one of them.',
    );
  }
}

interface OwnVariable {
  readonly name: string;
  readonly value: string;
}

/**
 * Checks that no variable which the container sets itself, and which therefore wins, is seen by a value before it: that value
 * got it from the Secret.
 *
 * @param mayBring whether the Secret may have a variable of this name
 * @throws LatchkeyError where one is
 */
export function checkNotSeen({ container }: EnvFromUse, mayBring: (name: string) => boolean): void {
  const list: unknown = container.value['env'];
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  const own = entries.map((entry): OwnVariable => ({
    name: textAt(entry, 'name') ?? '',
    value: textAt(entry, 'value') ?? '',
  }));
  for (const [index, { value }] of own.entries()) {
    const seen = expansionTokens(value).find(
      ({ variable }) =>
        variable !== undefined &&
        own.slice(index).some(({ name }) => name === variable) &&
        mayBring(variable),
    );
    if (seen?.variable === undefined) continue;
    throw notConvertible(
      `a value of the container sees ${quoted(seen.variable)} from there, and sets it anew further down`,
      'Give one of the two another name.',
    );
  }
}
