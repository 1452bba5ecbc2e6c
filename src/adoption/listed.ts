import type { DefinitionKind } from '../definitions/recipe.ts';
import { indexed, placeOf, type Indexed } from './indexed.ts';
import type { MakersBySecret } from './makers-by-secret.ts';

/** The definitions of one kind and scope, kept as lists and changes tell of them. */
export interface Listed {
  /** A list begins: what is not set before it has ended is gone. */
  began(): void;
  set(object: unknown): void;
  removed(object: unknown): void;
  ended(): void;
}

/** Who learns of each definition that comes, changes (it goes, and comes at once) and goes. */
export interface DefinitionObserver {
  came(definition: Indexed, object: unknown): void;
  went(definition: Indexed): void;
}

export function createListed(
  kind: DefinitionKind,
  bySecret: MakersBySecret,
  observer?: DefinitionObserver,
): Listed {
  const entries = new Map<string, Indexed & { list: number }>();
  let list = 0;

  function drop(place: string): void {
    const known = entries.get(place);
    if (known === undefined) return;
    entries.delete(place);
    bySecret.remove(known);
    observer?.went(known);
  }

  return {
    began() {
      list += 1;
    },
    set(object) {
      const place = placeOf(object);
      if (place === undefined) return;
      const entry = indexed(kind, object);
      const known = entries.get(place);
      if (entry !== undefined && known?.digest === entry.digest) {
        known.list = list;
        return;
      }
      drop(place);
      if (entry === undefined) return;
      entries.set(place, { ...entry, list });
      bySecret.add(entry);
      observer?.came(entry, object);
    },
    removed: (object) => drop(placeOf(object) ?? ''),
    ended() {
      for (const [place, entry] of entries) if (entry.list !== list) drop(place);
    },
  };
}
