import type { DefinitionContext, DefinitionReference, Recipe } from '../definitions/recipe.ts';
import { isIndefinite, LatchkeyError, ProblemsError, type Problem } from '../errors.ts';
import { identityKey } from '../identity/identity.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { StoredSecret } from '../kubernetes/controller-api.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { deliveryProblems, permitWish } from '../policy/permit.ts';
import type { Opener } from '../sealed/opener.ts';
import type { Resolver } from '../stores/resolver.ts';
import type { IsTooStale } from '../stores/staleness.ts';
import { quoted } from '../quote.ts';
import { adoptedSecret } from './adopted-secret.ts';
import { claimOf, writeClaimed } from './claims.ts';
import { askGroups, openGroups, type Group, type PermitSurroundings } from './ask.ts';
import { definitionName } from './definition-kinds.ts';
import { existenceProblems } from './existence.ts';
import type { FoundDefinition } from './find-definition.ts';
import { gatherIngredients, sourcesOf } from './ingredients.ts';
import type { StoreReference } from './lending.ts';
import { isProved, proofOf, readProofs, type SecretContent } from './made-for.ts';
import type { OpenAccessOptions } from './open-access.ts';
import type { DefinitionReaders } from './read-definition.ts';
import { readRecipe } from './read-recipe.ts';
import { writeSecret, type Writing } from './write-secret.ts';
import { ADOPTED, ADOPTED_FOR } from '../names.ts';

/** What has become of the Secret. `again`: somebody else wrote at the same moment, so everything is to be looked at anew. */
export type Outcome = 'made' | 'updated' | 'unchanged' | 'stale' | 'not-written' | 'again';

export interface CarriedOut {
  readonly outcome: Outcome;
  readonly warnings: readonly string[];
}

/** Everything that does not change from one pod to the next. */
export interface CarryOutOptions {
  readonly api: AdoptionApi;
  readonly readers: DefinitionReaders;
  readonly resolver: Resolver;
  readonly isTooStale: IsTooStale;
  /** `--key-file`. */
  readonly installationKey: Uint8Array;
  readonly access: Omit<OpenAccessOptions, 'api' | 'serviceAccount'>;
  /** `--cluster-stores`. */
  readonly clusterStores: readonly string[];
  readonly dryRunAsksAws: boolean;
  /** Opens what is sealed in definitions. */
  readonly opener: Opener;
}

/** For whom, and how. */
export interface Errand {
  /** The pod's; undefined where no pod needs the Secret. */
  readonly account: ObjectMeta | undefined;
  /** The uid of the one definition that is to be carried out, where it is not whichever makes the Secret. */
  readonly definitionUid?: string;
  readonly surroundings: PermitSurroundings;
  readonly context: DefinitionContext;
  readonly serviceAccount: OpenAccessOptions['serviceAccount'];
  /** Nothing that AWS answered before is accepted (clock.now, ms). */
  readonly freshAfter: number;
  readonly signal: AbortSignal;
  readonly dryRun: boolean;
}

/**
 * Makes the Secret that a definition describes, or brings the one that Latchkey made up to date.
 *
 * @param stored what is there of ours, or was handed over to the definition
 * @throws ProblemsError, LatchkeyError: the Secret cannot be had
 */
export async function carryOut(
  found: FoundDefinition,
  stored: StoredSecret | undefined,
  { errand, options }: { readonly errand: Errand; readonly options: CarryOutOptions },
): Promise<CarriedOut> {
  const { api, readers, resolver } = options;
  const { context, signal, freshAfter } = errand;
  const { recipe, stores } = await readRecipe(found, { api, readers, context, signal });
  const groups = await openFor(recipe, stores, { errand, options });
  const { warnings } = recipe;
  // What its author called immutable stays as it is, as with the other controller.
  if (stored?.immutable === true) return { outcome: 'unchanged', warnings };
  if (isStillWhatItSays(recipe, stored, { groups, options })) return { outcome: 'unchanged', warnings };
  if (errand.dryRun && !options.dryRunAsksAws) return { outcome: 'not-written', warnings };

  const answers = await askGroups(groups, { resolver, freshAfter, signal });
  const ingredients = await gatherIngredients(recipe, answers, { api, signal, opener: options.opener });
  if (errand.dryRun) {
    const problems = existenceProblems(recipe, ingredients);
    if (staleServes(problems, stored, { recipe, groups, options })) return staleOutcome(recipe);
    throwAny(problems);
    return { outcome: 'not-written', warnings };
  }
  const composed = recipe.compose(ingredients);
  if (composed.kind === 'nothing') throw nothing(recipe, composed.reason);
  if (composed.kind === 'problems') {
    if (staleServes(composed.problems, stored, { recipe, groups, options })) return staleOutcome(recipe);
    throw new ProblemsError(composed.problems);
  }
  const { draft } = composed;
  const proof = proofFor(recipe, groups, { content: draft, key: options.installationKey });
  const wanted = adoptedSecret({ recipe, draft, sources: sourcesOf(recipe, ingredients), proof });
  const outcome = await write(api, { stored, wanted, proof }, { definition: recipe.definition, signal });
  return { outcome, warnings: [...warnings, ...draft.warnings] };
}

/** What was handed over is written as its author allows, what is ours as the definition says. */
async function write(
  api: AdoptionApi,
  { stored, wanted, proof }: Writing,
  { definition, signal }: { readonly definition: DefinitionReference; readonly signal: AbortSignal },
): Promise<'made' | 'updated' | 'unchanged' | 'again'> {
  const claim = stored && claimOf(stored, definition);
  const isOurs = stored?.labels[ADOPTED] !== undefined;
  if (stored === undefined || claim === undefined || (isOurs && !claim.merges))
    return await writeSecret(api, { stored, wanted, proof }, signal);
  return await writeClaimed(api, { stored, wanted, claim }, signal);
}

interface Opening {
  readonly errand: Errand;
  readonly options: CarryOutOptions;
}

async function openFor(
  recipe: Recipe,
  stores: readonly StoreReference[],
  { errand, options }: Opening,
): Promise<readonly Group[]> {
  const { account, surroundings, serviceAccount, signal } = errand;
  const { objectKind, name, namespace } = recipe.definition;
  throwAny(deliveryProblems('secret', { ...surroundings, ...factsOf(account) }));
  throwAny(sealedProblems(recipe, errand));
  const { clusterStores, api } = options;
  const borrower = { namespace, objectKind, name, stores, clusterStores, podAccount: account?.name };
  return await openGroups(
    recipe,
    { podAccount: account, borrower, signal },
    { ...options.access, api, serviceAccount, surroundings },
  );
}

function factsOf(account: ObjectMeta | undefined) {
  return { serviceAccount: account?.name ?? '', serviceAccountAnnotations: account?.annotations ?? {} };
}

/** A sealed value has no name that a policy could permit but its scope, and no identity opens it. */
function sealedProblems({ sealed = [] }: Recipe, { account, surroundings }: Errand): readonly Problem[] {
  const [first] = sealed;
  if (first === undefined) return [];
  const { scope } = first.sealedFor;
  const reference = {
    address: { store: 'sealed', region: '', name: scope } as const,
    place: first.place,
    text: `sealed:${scope}`,
  };
  const context = {
    ...surroundings,
    ...factsOf(account),
    identity: 'pod',
    roleChain: [],
  } as const;
  return permitWish({ delivery: 'secret', references: [reference], rolePlace: () => first.place }, context);
}

/**
 * Whether a Secret that Latchkey made is what its definition says now, where that hangs on nothing else: a SealedSecret
 * holds all of it. Then nothing is opened again, nor its template run, which may give something else each time; and pods go
 * on starting when the key of their values has gone out of use.
 */
function isStillWhatItSays(
  recipe: Recipe,
  stored: StoredSecret | undefined,
  { groups, options }: Omit<Kept, 'recipe'>,
): stored is StoredSecret {
  if (stored === undefined || recipe.questions.length > 0 || recipe.templateObjects.length > 0) return false;
  // What others add to it is no proof of anything.
  if (claimOf(stored, recipe.definition)?.merges === true) return false;
  const proof = proofFor(recipe, groups, { content: stored, key: options.installationKey });
  return isProved(readProofs(stored.annotations[ADOPTED_FOR]), proof);
}

interface Kept {
  readonly recipe: Recipe;
  readonly groups: readonly Group[];
  readonly options: CarryOutOptions;
}

/** AWS away, never a definite no: what Latchkey made for this definition with these identities is good for a while. */
function staleServes(
  problems: readonly Problem[],
  stored: StoredSecret | undefined,
  { recipe, groups, options }: Kept,
): boolean {
  if (stored === undefined || problems.length === 0 || !problems.every(isIndefinite)) return false;
  const readings = groups.flatMap(({ session: { identity }, questions }) =>
    questions.map(({ address: { region } }) => ({ identity, region })),
  );
  if (options.isTooStale(readings)) return false;
  const proof = proofFor(recipe, groups, { content: stored, key: options.installationKey });
  return isProved(readProofs(stored.annotations[ADOPTED_FOR]), proof);
}

function staleOutcome({ definition, secretName, warnings }: Recipe): CarriedOut {
  const warning = `AWS is away: Secret ${quoted(secretName)} is used as it was last made from ${definitionName(definition)}`;
  return { outcome: 'stale', warnings: [...warnings, warning] };
}

function proofFor(
  { definition, secretName, hash }: Recipe,
  groups: readonly Group[],
  { content, key }: { readonly content: SecretContent; readonly key: Uint8Array },
): string {
  const identities = groups.map(({ session }) => identityKey(session.identity));
  const { namespace } = definition;
  return proofOf(key, { namespace, name: secretName, definition, recipe: hash, identities }, content);
}

function nothing({ definition }: Recipe, reason: string): LatchkeyError {
  return new LatchkeyError(
    'LK-NOT-FOUND',
    `${definitionName(definition)} makes none now: ${reason}`,
    'Create what it reads, or refer to the Secret with optional: true.',
  );
}

function throwAny(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first !== undefined) throw new ProblemsError([first, ...rest]);
}
