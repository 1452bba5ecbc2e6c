import { quoted } from '../../quote.ts';
import { addressKey } from '../../request/addresses.ts';
import type {
  Access,
  DefinitionContext,
  DefinitionReference,
  Question,
  ReadDefinition,
  TemplateObject,
} from '../recipe.ts';
import { checkSecretType } from '../secret-type.ts';
import { addressOf } from './address.ts';
import { compose } from './compose.ts';
import type { AskingEntry } from './compose.ts';
import { contentKey } from './content-key.ts';
import { definitionHash } from './definition-hash.ts';
import type { Entry, ExternalSecretSpec, StoreReference } from './external-secret.ts';
import { makesSecret, storeKey } from './external-secret.ts';
import { createNotes } from './notes.ts';
import type { Notes } from './notes.ts';
import type { ReadStore } from './read-store.ts';
import { settleStore } from './settle-store.ts';
import type { SettledStore } from './settle-store.ts';
import { warningsOf } from './warnings.ts';

/** Each question may be a call of AWS while a pod waits. */
const MOST_QUESTIONS = 500;

export interface EsoInput {
  readonly spec: ExternalSecretSpec;
  readonly definition: DefinitionReference;
  /** What `storesOf(spec)` names, as `readStore` read it; `undefined` where there is none of this kind and name. */
  readonly stores: (reference: StoreReference) => ReadStore | undefined;
  readonly context: DefinitionContext;
}

function checkTarget({ spec, context }: EsoInput, notes: Notes): void {
  if (!makesSecret(spec)) {
    notes.add(notes.place('spec.target.creationPolicy'), {
      message:
        spec.creation === 'None'
          ? 'with None it makes no Secret'
          : 'with Merge it adds keys to a Secret that something else makes, which Latchkey does not do',
      remedy:
        'Write creationPolicy: Owner for a Secret of its own, or let External Secrets Operator complete the Secret before pods come.',
    });
  }
  const type = spec.template?.type ?? '';
  const place = notes.place('spec.target.template.type');
  if (type !== '') notes.attempt(place, () => checkSecretType(type, context.allowedSecretTypes));
}

/** Each store that entries use, settled once; equal accesses are one object, and so one session. */
function settleStores(input: EsoInput, notes: Notes): ReadonlyMap<string, SettledStore | undefined> {
  const settled = new Map<string, SettledStore | undefined>();
  const accesses = new Map<string, Access>();
  for (const { store, place } of input.spec.entries) {
    const key = storeKey(store);
    if (settled.has(key)) continue;
    const found = settleStore(store, place, { ...input, notes });
    const access = found && (accesses.get(contentKey(found.access)) ?? found.access);
    if (access !== undefined) accesses.set(contentKey(access), access);
    settled.set(key, found && access && { ...found, access });
  }
  return settled;
}

function textOf(entry: Entry): string {
  if (entry.kind !== 'find') return entry.remote.key;
  return entry.find.name ?? entry.find.path ?? 'find';
}

/** Every entry with its question; equal questions are one object, and so one call. */
function askAll(
  { spec }: EsoInput,
  settled: ReadonlyMap<string, SettledStore | undefined>,
  notes: Notes,
): readonly AskingEntry[] {
  const questions = new Map<Access, Map<string, Question>>();
  return spec.entries.flatMap((entry) => {
    const store = settled.get(storeKey(entry.store));
    if (store === undefined) return [];
    const text = textOf(entry);
    const address = notes.attempt(entry.place, () => addressOf(entry, store.store, store.region), text);
    if (address === undefined) return [];
    const known = questions.get(store.access) ?? new Map<string, Question>();
    const key = addressKey(address);
    const question = known.get(key) ?? { access: store.access, address, place: entry.place, text };
    questions.set(store.access, known.set(key, question));
    return [{ entry, question }];
  });
}

function templateObjectsOf({ template }: ExternalSecretSpec): readonly TemplateObject[] {
  const found = new Map<string, TemplateObject>();
  for (const source of template?.sources ?? []) {
    if (source.kind === 'literal') continue;
    const { kind, name, place } = source;
    const key = `${kind}/${name}`;
    if (!found.has(key)) found.set(key, { kind, name, place });
  }
  return [...found.values()];
}

/**
 * What carries out an ExternalSecret with its stores.
 *
 * @returns a recipe; or everything that stands in its way: a store that is not there or excludes the namespace
 *   (LK-NO-DEFINITION, LK-POLICY), a name that AWS does not know, a type of Secret that is not allowed
 */
export function esoRecipe(input: EsoInput): ReadDefinition {
  const { spec, definition } = input;
  const subject = `ExternalSecret ${quoted(definition.name)}`;
  const notes = createNotes(subject);
  checkTarget(input, notes);
  const settled = settleStores(input, notes);
  const entries = askAll(input, settled, notes);
  const questions = [...new Set(entries.map(({ question }) => question))];
  if (questions.length > MOST_QUESTIONS) {
    notes.add(notes.place('spec'), {
      code: 'LK-LIMIT',
      message: `it reads ${questions.length} secrets and parameters`,
      remedy: `Read at most ${MOST_QUESTIONS}; extract and find bring many keys in one.`,
    });
  }
  const problems = notes.problems();
  if (problems !== undefined) return { kind: 'problems', problems };
  const stores = [...settled.values()].flatMap((store) => store ?? []);
  return {
    kind: 'recipe',
    recipe: {
      definition,
      secretName: spec.secretName,
      ownership: spec.creation === 'Owner' ? 'owner' : 'orphan',
      questions,
      templateObjects: templateObjectsOf(spec),
      hash: definitionHash(
        spec,
        entries.map(({ question }) => question),
      ),
      warnings: warningsOf(spec, stores, entries, subject),
      compose: (ingredients) => compose({ spec, entries, subject }, ingredients),
    },
  };
}
