// One case of test/fixtures/definitions/ascp: a SecretProviderClass and, after `---`, what surrounds it, what AWS answers, and
// the files and Secrets that must come of it, or the refusal.

import { readdirSync, readFileSync } from 'node:fs';

import { parseAllDocuments } from 'yaml';

import { ascpRecipe } from '../../../src/definitions/ascp/ascp-recipe.ts';
import type { ProviderClass } from '../../../src/definitions/ascp/provider-class.ts';
import { readProviderClass } from '../../../src/definitions/ascp/read-provider-class.ts';
import type {
  Composed,
  DefinitionContext,
  DefinitionReference,
  ReadDefinition,
} from '../../../src/definitions/recipe.ts';
import { LatchkeyError } from '../../../src/errors.ts';
import { addressKey } from '../../../src/request/addresses.ts';
import { sourceValue } from '../../../src/request/evaluate-source.ts';
import type { Answers } from '../../../src/request/evaluate.ts';
import { loadJmesPath } from '../../../src/request/jmes-path.ts';
import type { Address, Source } from '../../../src/request/plan.ts';
import { createFileStore } from '../../../src/stores/file.ts';
import { parseStoreFile } from '../../../src/stores/store-file.ts';
import type { ShownSecret } from '../shown-secret.ts';

/** The second document of a case. */
export interface Outcome {
  readonly context?: Partial<DefinitionContext>;
  /** A store file. */
  readonly aws?: Readonly<Record<string, unknown>>;
  /** By path: text, bytes in base64, or the code of why it cannot be had; and the mode, where one is set. */
  readonly files?: Readonly<
    Record<
      string,
      { readonly text?: string; readonly base64?: string; readonly code?: string; readonly mode?: string }
    >
  >;
  /** `STORE REGION NAME`, then what chooses the version; ` else ` and what is asked when that fails. By path. */
  readonly asks?: Readonly<Record<string, string>>;
  /** By name; the problems of one as `CODE field`. */
  readonly secrets?: Readonly<Record<string, ShownSecret | readonly string[]>>;
  /** `CODE field`, in order, of the class. */
  readonly problems?: readonly string[];
  /** A part of the problems' messages. */
  readonly says?: string;
  /** A part of each warning. */
  readonly warnings?: readonly string[];
  /** What the AWS provider or the driver does, where that is something else. */
  readonly original?: string;
}

export interface Case {
  readonly name: string;
  readonly definition: unknown;
  readonly outcome: Outcome;
}

const FOLDER = new URL('../../fixtures/definitions/ascp/', import.meta.url);

export function readCase(name: string): Case {
  const documents = parseAllDocuments(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8'));
  const [definition, outcome] = documents.map((document): unknown => document.toJS({ maxAliasCount: 0 }));
  return { name, definition, outcome: outcome as Outcome };
}

export function readCases(): readonly Case[] {
  return readdirSync(FOLDER).map((file) => readCase(file.replace('.yaml', '')));
}

export const CONTEXT: DefinitionContext = {
  namespace: 'shop',
  namespaceLabels: {},
  namespaceAnnotations: {},
  region: 'eu-central-1',
  allowedSecretTypes: [],
};

export const REFERENCE: DefinitionReference = {
  kind: 'ascp',
  apiVersion: 'secrets-store.csi.x-k8s.io/v1',
  objectKind: 'SecretProviderClass',
  namespace: 'shop',
  name: 'db',
  uid: '',
};

export function read({ definition, outcome }: Pick<Case, 'definition' | 'outcome'>) {
  return readProviderClass(definition, { ...CONTEXT, ...outcome.context });
}

export interface CarriedFile {
  readonly path: string;
  readonly mode: number | undefined;
  readonly asks: string;
  readonly value: Uint8Array | LatchkeyError;
}

/** Each file with what stands in it. */
export async function filesOf(
  { files }: ProviderClass,
  aws: Outcome['aws'],
): Promise<readonly CarriedFile[]> {
  const answers = await answersOf(
    files.map(({ source }) => source.address),
    aws,
  );
  const documents = { answers, read: new Map(), jmesPath: (await loadJmesPath()).begin() };
  return files.map(({ path, mode, source }) => ({
    path,
    mode,
    asks: asksOf(source),
    value: attempted(() => sourceValue(documents, source) ?? new Uint8Array()),
  }));
}

/** What comes of one entry of `secretObjects`. */
export async function carryOut(
  providerClass: ProviderClass,
  secretName: string,
  outcome: Outcome,
): Promise<{ readonly made: ReadDefinition; readonly composed: Composed }> {
  const context = { ...CONTEXT, ...outcome.context };
  const jmesPath = await loadJmesPath();
  const made = ascpRecipe({ providerClass, secretName, definition: REFERENCE, context, jmesPath });
  if (made.kind === 'problems') return { made, composed: made };
  const { recipe } = made;
  const answers = await answersOf(
    recipe.questions.map(({ address }) => address),
    outcome.aws,
  );
  return { made, composed: recipe.compose({ answers: () => answers, templateObject: () => undefined }) };
}

async function answersOf(addresses: readonly Address[], aws: Outcome['aws'] = {}): Promise<Answers> {
  const store = createFileStore(parseStoreFile(JSON.stringify(aws), 'fixture'));
  const found = await store.read(addresses, undefined as never, new AbortController().signal);
  const byKey = new Map(addresses.map((address, index) => [addressKey(address), found[index]]));
  const one: Answers['one'] = (address) =>
    byKey.get(addressKey(address)) ?? new LatchkeyError('LK-INTERNAL', `nobody asked ${address.name}`);
  return { one, many: () => new LatchkeyError('LK-INTERNAL', 'nobody lists anything') };
}

function asksOf({ address, failover }: Source): string {
  return [address, ...(failover === undefined ? [] : [failover])].map(addressText).join(' else ');
}

function addressText({ store, region, name, selector, version, stage }: Address): string {
  const chosen = [selector, version && `id ${version}`, stage && `stage ${stage}`];
  return [store, region, name, ...chosen.filter((part) => part !== undefined && part !== '')].join(' ');
}

function attempted(step: () => Uint8Array): Uint8Array | LatchkeyError {
  try {
    return step();
  } catch (error) {
    if (error instanceof LatchkeyError) return error;
    throw error;
  }
}
