// One fixture: a definition, its stores, what AWS answers, and what comes of it.

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { esoRecipe } from '../../../src/definitions/eso/eso-recipe.ts';
import { readExternalSecret } from '../../../src/definitions/eso/read-external-secret.ts';
import { readStore } from '../../../src/definitions/eso/read-store.ts';
import type { ReadStore } from '../../../src/definitions/eso/read-store.ts';
import type {
  Composed,
  DefinitionContext,
  Ingredients,
  ReadDefinition,
  Recipe,
  TemplateObject,
} from '../../../src/definitions/recipe.ts';
import type { Problem } from '../../../src/errors.ts';
import { SecretValue } from '../../../src/secret-value.ts';
import { answersOf } from './answers-double.ts';
import type { Stored } from './answers-double.ts';

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string | Uint8Array>>;
}

/** What a fixture says of the Secret; what it leaves out is empty. */
export interface WantedSecret {
  readonly name?: string;
  readonly ownership?: 'owner' | 'orphan';
  readonly type?: string;
  readonly immutable?: true;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Text, or bytes as `!!binary`. */
  readonly data: Readonly<Record<string, string | Uint8Array>>;
}

export interface Fixture {
  readonly definition: unknown;
  readonly stores?: readonly unknown[];
  readonly context?: Partial<DefinitionContext>;
  /** ConfigMaps and Secrets that templates read. */
  readonly objects?: readonly KubernetesObject[];
  readonly aws?: readonly Stored[];
  readonly secret?: WantedSecret;
  /** Each problem as `CODE field`. */
  readonly refused?: readonly string[];
  /** A part of the first problem's message or remedy. */
  readonly says?: string;
  readonly nothing?: true;
  /** Each question as asks.ts tells it. */
  readonly asks?: readonly string[];
  /** A part of each warning. */
  readonly warns?: readonly string[];
  /** External Secrets Operator itself is not asked: it would not come back, or with a mebibyte. */
  readonly unasked?: true;
  /** Why External Secrets Operator itself makes something else of it. */
  readonly differs?: string;
}

const FIXTURES = new URL('../../fixtures/definitions/', import.meta.url);

function read(name: string): unknown {
  return parse(readFileSync(new URL(name, FIXTURES), 'utf8'), { customTags: ['binary'], merge: true });
}

export function readFixture(name: string): Fixture {
  return read(`eso/${name}`) as Fixture;
}

export const DEFAULT_STORES = read('eso-stores.yaml') as readonly unknown[];

export const CONTEXT: DefinitionContext = {
  namespace: 'shop',
  namespaceLabels: { 'kubernetes.io/metadata.name': 'shop', team: 'payments' },
  namespaceAnnotations: {},
  allowedSecretTypes: [],
};

function problemsOf(problems: readonly [Problem, ...Problem[]]): ReadDefinition {
  return { kind: 'problems', problems };
}

/** Reads definition and stores as they would come from a cluster, in namespace `shop`. */
export function recipeFor(fixture: Fixture): ReadDefinition {
  const reading = readExternalSecret(fixture.definition);
  if (reading.kind === 'problems') return problemsOf(reading.problems);
  const { spec } = reading;
  const objects = fixture.stores ?? DEFAULT_STORES;
  const named = (kind: string, name: string): ReadStore | undefined => {
    const found = objects.find((object) => {
      const { kind: ofKind, metadata } = object as KubernetesObject;
      return ofKind === kind && metadata.name === name;
    });
    return found === undefined ? undefined : readStore(found);
  };
  const context = { ...CONTEXT, ...fixture.context };
  return esoRecipe({
    spec,
    definition: {
      kind: 'eso',
      apiVersion: spec.apiVersion,
      objectKind: 'ExternalSecret',
      namespace: context.namespace,
      name: spec.name,
      uid: 'a-uid',
    },
    stores: ({ kind, name }) => named(kind, name),
    context,
  });
}

function dataOf({ data = {} }: KubernetesObject): ReadonlyMap<string, SecretValue> {
  return new Map(Object.entries(data).map(([key, value]) => [key, new SecretValue(value)]));
}

/** The answers of the fixture's AWS, and the objects that its templates read. */
export function ingredientsOf({ aws = [], objects = [] }: Fixture): Ingredients {
  return {
    answers: () => answersOf(aws),
    templateObject: ({ kind, name }: TemplateObject) => {
      const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
      return found === undefined ? undefined : dataOf(found);
    },
  };
}

export function composedOf(fixture: Fixture, recipe: Recipe): Composed {
  return recipe.compose(ingredientsOf(fixture));
}
