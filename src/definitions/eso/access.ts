import { parseRoleArn } from '../../request/arn.ts';
import { LatchkeyError } from '../../errors.ts';
import { partitionOf } from '../../request/regions.ts';
import type { Access, Reader, RoleHop, SecretKeyReference } from '../recipe.ts';
import { storePlace } from './external-secret.ts';
import type { Notes } from './notes.ts';
import type { EsoStore, SessionTag, StoreAuth, WrittenSecretKey } from './store.ts';

/** For whom a store is used. */
export interface AccessContext {
  /** The ExternalSecret's. */
  readonly namespace: string;
  readonly region: string;
  readonly notes: Notes;
}

function namespacesOf(auth: StoreAuth): readonly string[] {
  if (auth.kind === 'default') return [];
  const written =
    auth.kind === 'service-account'
      ? [auth.namespace]
      : [auth.accessKeyId.namespace, auth.secretAccessKey.namespace, auth.sessionToken?.namespace];
  return written.flatMap((namespace) => namespace ?? []);
}

/** A ClusterSecretStore that names a namespace means that one, whoever uses it; every other store means the user's. */
function readerOf(store: EsoStore, namespace: string): Reader {
  const { auth, kind, name } = store;
  if (auth.kind === 'default') return { kind: 'default' };
  const foreign = namespacesOf(auth).some((each) => each !== namespace);
  const owner = kind === 'ClusterSecretStore' && foreign ? { clusterStore: name } : {};
  if (auth.kind === 'service-account') {
    return {
      kind: 'service-account',
      namespace: auth.namespace ?? namespace,
      name: auth.name,
      ...(auth.audiences.length === 0 ? {} : { audiences: auth.audiences }),
      place: auth.place,
      ...owner,
    };
  }
  const settled = (key: WrittenSecretKey): SecretKeyReference => ({
    namespace: key.namespace ?? namespace,
    name: key.name,
    key: key.key,
  });
  return {
    kind: 'static-keys',
    accessKeyId: settled(auth.accessKeyId),
    secretAccessKey: settled(auth.secretAccessKey),
    ...(auth.sessionToken === undefined ? {} : { sessionToken: settled(auth.sessionToken) }),
    place: auth.place,
    ...owner,
  };
}

/** A policy for tags replaces those that are written. */
function tagsOf(store: EsoStore, namespace: string): readonly SessionTag[] {
  if (store.tagPolicy === 'None') return store.sessionTags;
  const own = [
    { key: 'esoNamespace', value: namespace },
    { key: 'esoStoreName', value: store.name },
    { key: 'esoStoreKind', value: store.kind },
  ];
  return store.tagPolicy === 'Simple' ? own : [...own, ...store.customSessionTags];
}

function rolesOf(store: EsoStore, namespace: string): readonly RoleHop[] {
  const { role, externalId, transitiveTagKeys } = store;
  const sessionTags = tagsOf(store, namespace);
  return [
    ...store.additionalRoles,
    ...(role === undefined
      ? []
      : [
          {
            ...role,
            ...(externalId === undefined ? {} : { externalId }),
            ...(sessionTags.length === 0 ? {} : { sessionTags }),
            ...(transitiveTagKeys.length === 0 ? {} : { transitiveTagKeys }),
          },
        ]),
  ];
}

function checkTags(store: EsoStore, tags: readonly SessionTag[], notes: Notes): void {
  const keys = tags.map(({ key }) => key.toLowerCase());
  if (new Set(keys).size === keys.length) return;
  notes.add(storePlace(store, 'spec.provider.aws'), {
    message: 'a session tag is there twice, which STS refuses',
    remedy: 'Give each tag once; esoNamespace, esoStoreName and esoStoreKind come from sessionTagsPolicy.',
  });
}

function checkPartition({ roleArn, place }: RoleHop, { region, notes }: AccessContext): void {
  notes.attempt(place, () => {
    const { partition } = parseRoleArn(roleArn);
    if (partition === partitionOf(region)) return;
    throw new LatchkeyError(
      'LK-REGION',
      `the role is in partition ${partition}, but the store reads in ${region}`,
      `Name a role of partition ${partitionOf(region)}.`,
    );
  });
}

/** Whose identity reads from a store for an ExternalSecret of this namespace. What cannot be is noted. */
export function accessOf(store: EsoStore, context: AccessContext): Access {
  const { namespace, notes } = context;
  const other = namespacesOf(store.auth).find((each) => each !== namespace);
  if (store.kind === 'SecretStore' && other !== undefined && store.auth.kind !== 'default') {
    notes.add(store.auth.place, {
      message: 'a SecretStore takes nothing from another namespace',
      remedy: 'Leave namespace out, or write a ClusterSecretStore.',
    });
  }
  const roles = rolesOf(store, namespace);
  checkTags(store, roles.at(-1)?.sessionTags ?? [], notes);
  for (const hop of roles) checkPartition(hop, context);
  return { reader: readerOf(store, namespace), roles };
}
