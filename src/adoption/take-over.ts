import { MANAGED_BY_DRIVER } from '../definitions/ascp/provider-class.ts';
import type { DefinitionKind, DefinitionReference } from '../definitions/recipe.ts';
import { LatchkeyError } from '../errors.ts';
import type { StoredSecret } from '../kubernetes/controller-api.ts';
import type { ObjectReference } from '../kubernetes/kubernetes.ts';
import { ADOPTED, ADOPTED_FOR } from '../names.ts';
import { printable, quoted } from '../quote.ts';
import { isBeingDeleted } from './being-deleted.ts';
import { definitionName, kindOf } from './definition-kinds.ts';
import { controllerOf, KEPT_BY_ESO } from './standing.ts';

/** A definition that makes the Secret, and whether the Secret is to go with it. */
export interface Claim {
  readonly definition: DefinitionReference;
  readonly owns: boolean;
}

/** What is to be changed about a Secret, so that Latchkey keeps it. Its data are not touched. */
export interface TakeOver {
  readonly labels: Readonly<Record<string, string>>;
  /** Labels and annotations of the controller that kept it. */
  readonly dropped: readonly string[];
  readonly ownerReferences: readonly object[];
  /** For people, one line each. Empty where nothing is to be changed. */
  readonly changes: readonly string[];
  /** Whose controllers would change it back, if they run. */
  readonly rivals: readonly DefinitionKind[];
}

/**
 * Hands a Secret from the controller that kept it to the definition that makes it now.
 *
 * @param chosen which of several definitions is meant
 * @throws LatchkeyError LK-NO-DEFINITION, LK-OWNER
 */
export function planTakeOver(
  stored: StoredSecret,
  claims: readonly Claim[],
  chosen: DefinitionKind | undefined,
): TakeOver {
  const { definition, owns } = claimOf(stored, claims, chosen);
  const owner = controllerOf(stored);
  checkOwner(stored, owner);
  const others = ownersOf(stored).filter((one) => one !== owner);
  const own = { apiVersion: definition.apiVersion, kind: definition.objectKind, name: definition.name };
  const ownerReferences = owns ? [...others, { ...own, uid: definition.uid, controller: true }] : others;
  const dropped = [...Object.keys(stored.labels), ...Object.keys(stored.annotations)].filter(isTheirs);
  const isOwned = owns ? owner?.uid === definition.uid : owner === undefined;
  const isLabelled = stored.labels[ADOPTED] === definition.kind;
  const from = owner === undefined ? undefined : kindOf(owner.apiVersion, owner.kind);
  return {
    labels: { [ADOPTED]: definition.kind },
    dropped,
    ownerReferences,
    changes: [
      ...(isOwned
        ? []
        : [`owner: ${titleOf(owner)} becomes ${owns ? definitionName(definition) : 'nobody'}`]),
      ...(isLabelled ? [] : [`label ${ADOPTED}: ${definition.kind} is added`]),
      ...dropped.map((name) => `${printable(name)} is removed`),
    ],
    rivals: [...new Set([...(from === undefined ? [] : [from]), definition.kind])],
  };
}

function claimOf(
  { name }: StoredSecret,
  claims: readonly Claim[],
  chosen: DefinitionKind | undefined,
): Claim {
  const meant = claims.filter(({ definition: { kind } }) => chosen === undefined || kind === chosen);
  const [first, second] = meant;
  if (first === undefined) {
    throw new LatchkeyError(
      'LK-NO-DEFINITION',
      `no definition${chosen === undefined ? '' : ` of kind ${chosen}`} makes Secret ${quoted(name)}`,
      'Apply the one that shall keep it first.',
    );
  }
  if (second === undefined) return first;
  throw new LatchkeyError(
    'LK-OWNER',
    `${meant.map(({ definition }) => definitionName(definition)).join(' and ')} make Secret ${quoted(name)}`,
    `Say which shall keep it: ${meant.map(({ definition: { kind } }) => `--definition ${kind}`).join(' or ')}; while both are there, pods that need it are refused.`,
  );
}

/** Who is no definition may have reasons of its own. */
function checkOwner(stored: StoredSecret, owner: ObjectReference | undefined): void {
  if (isBeingDeleted(stored)) {
    throw new LatchkeyError('LK-OWNER', 'the Secret is being deleted', 'Wait until it is gone.');
  }
  if (owner === undefined || kindOf(owner.apiVersion, owner.kind) !== undefined) return;
  throw new LatchkeyError(
    'LK-OWNER',
    `the Secret belongs to ${titleOf(owner)}, which Latchkey takes nothing from`,
    'Delete it, or take that owner off it by hand; or give the definition another name for its Secret.',
  );
}

/** What Latchkey proved before was of another owner or content. */
function isTheirs(name: string): boolean {
  return KEPT_BY_ESO.test(name) || name === ADOPTED_FOR || name === MANAGED_BY_DRIVER;
}

function ownersOf({ metadata }: StoredSecret): readonly object[] {
  const owners: unknown = metadata['ownerReferences'];
  return Array.isArray(owners) ? (owners as readonly object[]) : [];
}

function titleOf(owner: ObjectReference | undefined): string {
  return owner === undefined ? 'nobody' : definitionName({ ...owner, objectKind: owner.kind });
}
