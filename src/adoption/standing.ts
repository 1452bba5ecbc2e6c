import type { DefinitionReference } from '../definitions/recipe.ts';
import { MANAGED_BY_DRIVER } from '../definitions/ascp/provider-class.ts';
import type { Code } from '../errors.ts';
import type { StoredSecret } from '../kubernetes/controller-api.ts';
import type { ObjectReference } from '../kubernetes/kubernetes.ts';
import { ADOPTED } from '../names.ts';
import { quoted } from '../quote.ts';
import { isBeingDeleted } from './being-deleted.ts';
import { claimOf } from './claims.ts';
import { definitionName, kindOf } from './definition-kinds.ts';

/** What the Secret that a pod refers to is to the definition of its name. */
export type Standing =
  /** Nothing is there. */
  | { readonly kind: 'absent' }
  /** Latchkey made it, and nobody else has taken it over since: it is kept up to date. */
  | { readonly kind: 'ours'; readonly stored: StoredSecret }
  /** Nobody's, and its author hands it to the definition of its name. */
  | { readonly kind: 'handed-over'; readonly stored: StoredSecret }
  /** Somebody else's, and no definition is against it: it is used, and never touched. */
  | { readonly kind: 'left-alone'; readonly warning?: string }
  /** Not to be used. */
  | { readonly kind: 'refused'; readonly code: Code; readonly message: string; readonly remedy: string };

/** Labels and annotations of External Secrets Operator on a Secret that it keeps, also on one that Latchkey made first. */
export const KEPT_BY_ESO = /^reconcile\.external-secrets\.io\//;
const MANAGED_BY_ESO = 'reconcile.external-secrets.io/managed';
const HASH_OF_ESO = 'reconcile.external-secrets.io/data-hash';

/** What is known of definitions beside a Secret. */
export interface Definitions {
  /** The one that makes a Secret of this name; absent if there is none. */
  readonly maker?: DefinitionReference | undefined;
  /** Whether the definition that the Secret says it belongs to is there, where that is another one. */
  readonly ownerIsThere?: boolean;
}

/** An existing Secret is used if it belongs to its definition, or to nobody that Latchkey knows a definition of. */
export function standing(stored: StoredSecret | undefined, definitions: Definitions): Standing {
  const { maker } = definitions;
  if (stored === undefined) return { kind: 'absent' };
  if (isBeingDeleted(stored)) {
    return refused('LK-KUBERNETES', 'it is being deleted', 'Wait until it is gone, or create it anew.');
  }
  const owner = controllerOf(stored);
  if (owner === undefined) return ofNobody(stored, maker);
  if (maker === undefined) return withoutMaker(owner, definitions);
  if (owner.uid === maker.uid) return isAdopted(stored) ? { kind: 'ours', stored } : { kind: 'left-alone' };
  return ofSomebodyElse(stored, owner, maker);
}

/** The one owner that controls an object; `ownerReferences` of a stored object are whole. */
export function controllerOf({ metadata }: StoredSecret): ObjectReference | undefined {
  const owners: unknown = metadata['ownerReferences'];
  const list: readonly unknown[] = Array.isArray(owners) ? owners : [];
  const found = list.find((owner) => isRecord(owner) && owner['controller'] === true);
  return isRecord(found) ? (found as unknown as ObjectReference) : undefined;
}

function ofNobody(stored: StoredSecret, maker: DefinitionReference | undefined): Standing {
  if (maker === undefined) return { kind: 'left-alone' };
  if (isAdopted(stored)) return { kind: 'ours', stored };
  if (claimOf(stored, maker) !== undefined) return { kind: 'handed-over', stored };
  if (maker.kind === 'ascp' && stored.labels[MANAGED_BY_DRIVER] === 'true') return ofDriver(stored, maker);
  return {
    kind: 'left-alone',
    warning: `Secret ${quoted(stored.name)} belongs to nobody, so it is used as it is and ${definitionName(maker)} is not carried out; \`latchkey take-over\` hands it to that definition`,
  };
}

/**
 * The driver's owner references name ReplicaSets and pods, never the class, and its label is the same for all: that no other
 * definition makes a Secret of this name says whose it is.
 */
function ofDriver({ namespace, name }: StoredSecret, maker: DefinitionReference): Standing {
  return {
    kind: 'left-alone',
    warning: `Secret ${quoted(name)} was made by the Secrets Store CSI driver, which keeps it while pods mount ${definitionName(maker)} through it; it is used as it is, until \`latchkey take-over ${namespace}/${name}\` hands it to that definition`,
  };
}

/** Most Secrets of a cluster: those of a definition apart, nobody's business. */
function withoutMaker(owner: ObjectReference, { ownerIsThere }: Definitions): Standing {
  if (kindOf(owner.apiVersion, owner.kind) === undefined) return { kind: 'left-alone' };
  if (ownerIsThere === true) {
    return refused(
      'LK-OWNER',
      `it belongs to ${nameOf(owner)}, which makes another Secret by now`,
      'Delete it, or let that definition make a Secret of this name.',
    );
  }
  return refused(
    'LK-NO-DEFINITION',
    `it belongs to ${nameOf(owner)}, which does not exist any more, so Kubernetes is about to delete it`,
    'Apply its definition again.',
  );
}

function ofSomebodyElse(
  { namespace, name }: StoredSecret,
  owner: ObjectReference,
  maker: DefinitionReference,
): Standing {
  if (owner.name === maker.name && kindOf(owner.apiVersion, owner.kind) === maker.kind) {
    return refused(
      'LK-KUBERNETES',
      `it belongs to an earlier ${nameOf(owner)}, so Kubernetes is about to delete it`,
      'Wait for that.',
    );
  }
  return refused(
    'LK-OWNER',
    `it belongs to ${nameOf(owner)}, and ${definitionName(maker)} makes a Secret of this name too`,
    `Give one of them another name; or, if the controller that made it is switched off, run \`latchkey take-over ${namespace}/${name}\`.`,
  );
}

function nameOf({ apiVersion, kind, name }: ObjectReference): string {
  return definitionName({ apiVersion, objectKind: kind, name });
}

/** Made by us. What another controller has written since is its own: it keeps the Secret now. */
function isAdopted({ labels, annotations }: StoredSecret): boolean {
  const keptByEso = labels[MANAGED_BY_ESO] === 'true' || Object.hasOwn(annotations, HASH_OF_ESO);
  return labels[ADOPTED] !== undefined && !keptByEso && labels[MANAGED_BY_DRIVER] !== 'true';
}

function refused(code: Code, message: string, remedy: string): Standing {
  return { kind: 'refused', code, message, remedy };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
