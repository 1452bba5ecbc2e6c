import { isDeepStrictEqual } from 'node:util';

import { describe } from '../../errors.ts';
import type { Entry, ExternalSecretSpec } from '../../definitions/eso/external-secret.ts';
import { storeTitle } from '../../definitions/eso/external-secret.ts';
import { readStore } from '../../definitions/eso/read-store.ts';
import type { EsoStore } from '../../definitions/eso/store.ts';
import type { ManifestObject } from '../../manifests/objects.ts';
import type { Around } from './definition-kind.ts';
import { notConvertible, type Role } from './meaning.ts';

/** `external-secrets.io/v1`, `external-secrets.io/v1beta1` and whatever came before. */
export function isEsoGroup({ apiVersion }: Pick<ManifestObject, 'apiVersion'>): boolean {
  return apiVersion.startsWith('external-secrets.io/');
}

/**
 * The store that an entry reads from.
 *
 * @param namespace of the ExternalSecret
 * @throws LatchkeyError where it is not in the input, or cannot be read
 */
export function storeOf({ store: wanted }: Entry, namespace: string, around: Around): EsoStore {
  const [found, ...more] = around.objects.filter(
    (object) =>
      isEsoGroup(object) &&
      object.kind === wanted.kind &&
      object.name === wanted.name &&
      (wanted.kind === 'ClusterSecretStore' || (object.namespace ?? around.defaultNamespace) === namespace),
  );
  if (found === undefined) {
    throw notConvertible(
      `its ${storeTitle(wanted)} is not among the manifests, so neither region nor service is known`,
      'Give its file too.',
    );
  }
  around.checkWhole(found);
  if (more.some(({ value }) => !isDeepStrictEqual(value['spec'], found.value['spec']))) {
    throw notConvertible(
      `its ${storeTitle(wanted)} is there several times, and not the same`,
      'Give the manifests of one environment, as kustomize or Helm builds them.',
    );
  }
  const read = readStore(found.value);
  if (read.kind === 'store') return read.store;
  throw notConvertible(`its store is wrong: ${describe(read.problems[0])}`);
}

/** What annotations can say of the roles that a store assumes. Throws LatchkeyError for more. */
export function storeRole(store: EsoStore): { readonly role?: Role } {
  const { role, externalId, additionalRoles, sessionTags, tagPolicy } = store;
  if (additionalRoles.length > 0) {
    throw notConvertible(
      `its ${storeTitle(store)} assumes several roles in a row, and a pod assumes one from its own`,
      "Let the last one trust the pods' roles.",
    );
  }
  if (sessionTags.length > 0 || tagPolicy !== 'None') {
    throw notConvertible(
      `its ${storeTitle(store)} sends session tags, which annotations have no word for`,
      'Let the role trust the service account instead of the tags.',
    );
  }
  if (role === undefined) return {};
  return { role: { arn: role.roleArn, ...(externalId === undefined ? {} : { externalId }) } };
}

/** Who reads with the first store of a definition, for notes. */
export function readerOf({ entries }: ExternalSecretSpec): string {
  const [first] = entries;
  return first === undefined ? 'External Secrets Operator' : `whoever ${storeTitle(first.store)} names`;
}
