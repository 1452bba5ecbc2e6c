import type { DefinitionReference } from '../definitions/recipe.ts';
import { secretPlace, type Indexed } from './indexed.ts';

/** What is known of one Secret name. */
export interface Makers {
  /** The definitions that make it, in the order of their kinds and names. */
  readonly definitions: readonly DefinitionReference[];
  /** Differs whenever one of them has come, gone or changed. */
  readonly version: number;
}

/** Definitions by the places of the Secrets that they make. */
export interface MakersBySecret {
  add(definition: Indexed): void;
  /** The same object that was added. */
  remove(definition: Indexed): void;
  get(namespace: string, name: string): Makers;
  listen(namespace: string, name: string, listener: () => void): () => void;
}

export function createMakersBySecret(): MakersBySecret {
  const secrets = new Map<string, { readonly definitions: Set<DefinitionReference>; version: number }>();
  const listeners = new Map<string, Set<() => void>>();
  let changes = 0;

  function changed(key: string): number {
    changes += 1;
    for (const listener of listeners.get(key) ?? []) listener();
    return changes;
  }

  return {
    add({ secrets: places, reference }) {
      for (const place of places) {
        const found = secrets.get(place) ?? { definitions: new Set(), version: 0 };
        secrets.set(place, found);
        found.definitions.add(reference);
        found.version = changed(place);
      }
    },
    remove({ secrets: places, reference }) {
      for (const place of places) {
        const found = secrets.get(place);
        if (found === undefined) continue;
        found.definitions.delete(reference);
        if (found.definitions.size === 0) secrets.delete(place);
        found.version = changed(place);
      }
    },
    get(namespace, name) {
      const { definitions = [], version = 0 } = secrets.get(secretPlace(namespace, name)) ?? {};
      return { definitions: [...definitions].sort(byKindAndName), version };
    },
    listen(namespace, name, listener) {
      const key = secretPlace(namespace, name);
      const all = listeners.get(key) ?? new Set();
      listeners.set(key, all.add(listener));
      return () => {
        all.delete(listener);
        if (all.size === 0) listeners.delete(key);
      };
    },
  };
}

function byKindAndName(a: DefinitionReference, b: DefinitionReference): number {
  const [one, other] = [`${a.kind} ${a.name}`, `${b.kind} ${b.name}`];
  return one < other ? -1 : Number(one > other);
}
