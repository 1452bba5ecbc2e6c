import type {
  DefinitionContext,
  DefinitionKind,
  DefinitionReference,
  Recipe,
} from '../definitions/recipe.ts';
import type { Problem } from '../errors.ts';
import type { StoreReference } from './lending.ts';

export interface ReadRequest {
  readonly definition: DefinitionReference;
  /** Raw, as the API server has it now. */
  readonly object: unknown;
  /** The Secret that is meant, of those that it makes. */
  readonly secretName: string;
  readonly context: DefinitionContext;
  /** Raw; undefined where it does not exist. */
  readonly store: (store: StoreReference) => Promise<unknown>;
}

export type ReadResult =
  | { readonly kind: 'recipe'; readonly recipe: Recipe; readonly stores: readonly StoreReference[] }
  | { readonly kind: 'problems'; readonly problems: readonly [Problem, ...Problem[]] };

/** Reads definitions of one kind, with whatever else of the cluster they consist of. */
export type DefinitionReader = (request: ReadRequest) => Promise<ReadResult>;

/** One for each kind: what a new kind of definition needs beside its rows in `definition-kinds.ts`. */
export type DefinitionReaders = Readonly<Record<DefinitionKind, DefinitionReader>>;
