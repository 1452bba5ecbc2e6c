// One case of test/fixtures/definitions: a definition and, after `---`, what surrounds it, what AWS answers, and what must
// come of it.

import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { kesRecipe } from '../../../src/definitions/kes/kes-recipe.ts';
import { readKesSpec } from '../../../src/definitions/kes/read-spec.ts';
import type {
  Composed,
  DefinitionContext,
  DefinitionReference,
  Ingredients,
  Recipe,
} from '../../../src/definitions/recipe.ts';
import type { Problem } from '../../../src/errors.ts';
import type { Session } from '../../../src/identity/identity.ts';
import { addressKey } from '../../../src/request/addresses.ts';
import type { Answers, Fetched, Member } from '../../../src/request/evaluate.ts';
import type { LatchkeyError } from '../../../src/errors.ts';
import { createFileStore } from '../../../src/stores/file.ts';
import { parseStoreFile } from '../../../src/stores/store-file.ts';
import type { ShownSecret } from '../shown-secret.ts';

/** The second document of a case. What is absent is not looked at, but a secret or problems there must be. */
export interface Outcome {
  readonly context?: Partial<DefinitionContext>;
  /** A store file. */
  readonly aws: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly secret?: ShownSecret;
  /** `CODE field`, in order. */
  readonly problems?: readonly string[];
  /** What each warning contains, in order; none where there are none. */
  readonly warnings?: readonly string[];
  /** How many questions, which regions, which roles. */
  readonly questions?: number;
  readonly regions?: readonly string[];
  readonly roles?: readonly string[];
  readonly legacy?: readonly string[];
  /** How KES's own result differs; absent where it is the same. */
  readonly original?: string;
  readonly runsAway?: true;
}

export interface Case {
  readonly definition: unknown;
  readonly outcome: Outcome;
}

export const FIXTURES = new URL('../../fixtures/definitions/', import.meta.url);

/** A case, by its path below test/fixtures/definitions. */
export function readCase(path: string): Case {
  const documents = parseAllDocuments(readFileSync(new URL(path, FIXTURES), 'utf8'));
  const [definition, outcome] = documents.map((document): unknown => document.toJS({ maxAliasCount: 0 }));
  return { definition, outcome: outcome as Outcome };
}

export const REFERENCE: DefinitionReference = {
  kind: 'kes',
  apiVersion: 'kubernetes-client.io/v1',
  objectKind: 'ExternalSecret',
  namespace: 'shop',
  name: 'db',
  uid: '',
};

export const CONTEXT: DefinitionContext = {
  namespace: 'shop',
  namespaceLabels: {},
  namespaceAnnotations: {},
  region: 'eu-central-1',
  allowedSecretTypes: [],
};

export interface Carried {
  readonly recipe?: Recipe;
  readonly legacy: readonly string[];
  readonly composed: Composed;
}

/** Reads, asks and composes. */
export async function carryOut({ definition, outcome }: Case): Promise<Carried> {
  const read = readKesSpec(definition);
  if (read.kind === 'problems') return { composed: read, legacy: [] };
  const made = kesRecipe(read.spec, REFERENCE, { ...CONTEXT, ...outcome.context });
  const { legacy } = read.spec;
  if (made.kind === 'problems') return { composed: made, legacy };
  const ingredients = await ingredientsFor(made.recipe, outcome.aws);
  return { recipe: made.recipe, legacy, composed: made.recipe.compose(ingredients) };
}

const SESSION: Session = {
  identity: { namespace: 'shop', serviceAccount: 'test', uid: '', audience: '', roleChain: [] },
  credentials: async () => ({ accessKeyId: '', secretAccessKey: '', sessionToken: '', expiresAt: 0 }),
  forget: () => undefined,
} as unknown as Session;

/** What the store file answers to a recipe's questions; a question that the recipe does not ask fails. */
export async function ingredientsFor(recipe: Recipe, aws: Outcome['aws']): Promise<Ingredients> {
  const store = createFileStore(parseStoreFile(JSON.stringify(aws), 'fixture'));
  const { signal } = new AbortController();
  const ones = new Map<string, Fetched | LatchkeyError>();
  const manies = new Map<string, readonly Member[] | LatchkeyError>();
  for (const { address } of recipe.questions) {
    const key = addressKey(address);
    if (address.below === undefined) {
      const [answer] = await store.read([address], SESSION, signal);
      if (answer !== undefined) ones.set(key, answer);
    } else {
      manies.set(key, (await store.list?.(address, SESSION, signal)) ?? []);
    }
  }
  const answered = <Answer>(answers: ReadonlyMap<string, Answer>, key: string): Answer => {
    const answer = answers.get(key);
    if (answer === undefined) throw new Error(`nobody asked ${key}`);
    return answer;
  };
  const answers: Answers = {
    one: (address) => answered(ones, addressKey(address)),
    many: (address) => answered(manies, addressKey(address)),
  };
  return { answers: () => answers, templateObject: () => undefined };
}

export function codesAndFields(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, field }) => `${code} ${field}`);
}
