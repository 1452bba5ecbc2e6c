import type { Reader } from '../definitions/recipe.ts';
import { LatchkeyError } from '../errors.ts';
import type { ObjectMeta } from '../kubernetes/kubernetes.ts';
import { LEND_TO } from '../names.ts';
import { printable, quoted } from '../quote.ts';

/** A store that a definition reads from, by Kubernetes kind and name. */
export interface StoreReference {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  readonly name: string;
}

export interface Borrower {
  readonly namespace: string;
  /** The definition's. */
  readonly objectKind: string;
  readonly name: string;
  /** All stores of the definition. */
  readonly stores: readonly StoreReference[];
  /** The pod's own service account, which needs no leave of its own; undefined where no pod needs it. */
  readonly podAccount: string | undefined;
  /** `--cluster-stores`. */
  readonly clusterStores: readonly string[];
}

type AccountReader = Extract<Reader, { kind: 'service-account' }>;

/**
 * Whether a definition may read as a service account that its store names: the pod's own; one that says so in its annotation
 * `latchkey.dev/lend-to`; another namespace's only for a cluster-wide store that the operator lists.
 *
 * @throws LatchkeyError LK-POLICY
 */
export function checkLent(reader: AccountReader, account: ObjectMeta, borrower: Borrower): void {
  if (reader.namespace !== borrower.namespace) {
    checkListed(reader.clusterStore, borrower, `service account ${quoted(reader.name)}`, reader.namespace);
    return;
  }
  if (reader.name === borrower.podAccount) return;
  const entries = (account.annotations[LEND_TO] ?? '').split(/[,\n]/).map((entry) => entry.trim());
  const accepted = acceptedBy(borrower);
  if (entries.some((entry) => accepted.includes(entry))) return;
  const lent = entries.filter((entry) => entry !== '');
  const says = lent.length === 0 ? '' : `; it lends to ${printable(lent.join(', '), 200)}`;
  const [isNot, orElse] =
    borrower.podAccount === undefined ? ['not', ''] : ["neither the pod's nor", ', or run the pod as it'];
  throw new LatchkeyError(
    'LK-POLICY',
    `service account ${quoted(reader.name)} is ${isNot} lent to ${accepted.join(' or ')}${says}`,
    `Annotate it with ${LEND_TO}: ${accepted.at(-1) ?? ''}${orElse}.`,
  );
}

/**
 * What lives in another namespace than the definition is only for a cluster-wide store that the operator lists.
 * @throws LatchkeyError LK-POLICY
 */
export function checkListed(
  clusterStore: string | undefined,
  { namespace, clusterStores }: Pick<Borrower, 'namespace' | 'clusterStores'>,
  what: string,
  where: string,
): void {
  if (where === namespace) return;
  if (clusterStore !== undefined && clusterStores.includes(clusterStore)) return;
  throw new LatchkeyError(
    'LK-POLICY',
    `${what} is in namespace ${quoted(where)}, and the operator lists no store that may use it from ${quoted(namespace)}`,
    clusterStore === undefined
      ? 'Name one in the namespace of the definition.'
      : `The operator can list ClusterSecretStore ${quoted(clusterStore)} in --cluster-stores.`,
  );
}

/** The entries that would do. Who writes definitions may let each read from any of its stores, so any of these is enough. */
function acceptedBy({ objectKind, name, stores }: Borrower): readonly string[] {
  return [`${objectKind}/${name}`, ...stores.map((store) => `${store.kind}/${store.name}`)];
}
