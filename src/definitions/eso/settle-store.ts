import { quoted } from '../../quote.ts';
import type { Place } from '../../request/plan.ts';
import type { Access, DefinitionContext, DefinitionReference } from '../recipe.ts';
import { accessOf } from './access.ts';
import { checkConditions } from './conditions.ts';
import type { StoreReference } from './external-secret.ts';
import { storePlace, storeTitle } from './external-secret.ts';
import type { Notes } from './notes.ts';
import type { ReadStore } from './read-store.ts';
import type { EsoStore } from './store.ts';

/** A store, settled for one ExternalSecret: whose identity reads, and where. */
export interface SettledStore {
  readonly store: EsoStore;
  readonly region: string;
  readonly access: Access;
}

export interface Settling {
  readonly definition: Pick<DefinitionReference, 'namespace'>;
  readonly context: DefinitionContext;
  readonly stores: (reference: StoreReference) => ReadStore | undefined;
  readonly notes: Notes;
}

function noteMissing(reference: StoreReference, place: Place, { definition, notes }: Settling): void {
  const where = reference.kind === 'SecretStore' ? ` in namespace ${quoted(definition.namespace)}` : '';
  const other = reference.kind === 'SecretStore' ? 'ClusterSecretStore' : 'SecretStore';
  notes.add(place, {
    code: 'LK-NO-DEFINITION',
    message: `${storeTitle(reference)} does not exist${where}`,
    remedy: `Apply it, or correct its name; a ${other} is named with kind: ${other}. A SecretStore serves its own namespace only.`,
  });
}

/** A SecretStore is looked up in the ExternalSecret's namespace; one of another namespace is not the one that is meant. */
function isForeign(store: EsoStore, reference: StoreReference, { definition }: Settling): boolean {
  const { kind, name, namespace } = store;
  if (kind !== reference.kind || name !== reference.name) return true;
  return kind === 'SecretStore' && namespace !== undefined && namespace !== definition.namespace;
}

/**
 * Settles a store for the entries that use it. What is wrong is noted: it is not there, it cannot be read, its conditions
 * leave the namespace out, it has no region.
 *
 * @param place of the first entry that uses it
 */
export function settleStore(
  reference: StoreReference,
  place: Place,
  settling: Settling,
): SettledStore | undefined {
  const { stores, context, definition, notes } = settling;
  const reading = stores(reference);
  if (reading?.kind === 'problems') {
    notes.take(reading.problems);
    return undefined;
  }
  if (reading === undefined || isForeign(reading.store, reference, settling)) {
    noteMissing(reference, place, settling);
    return undefined;
  }
  const { store } = reading;
  checkConditions(store, context, notes);
  const region = store.region ?? context.region;
  if (region === undefined) {
    notes.add(storePlace(store, 'spec.provider.aws.region'), {
      code: 'LK-REGION',
      message: 'no region is named',
      remedy:
        "Write the store's region; the namespace's annotation latchkey.dev/region and --region stand in for it.",
    });
    return undefined;
  }
  return { store, region, access: accessOf(store, { namespace: definition.namespace, region, notes }) };
}
