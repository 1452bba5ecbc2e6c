import { isSecretMac, readSecretName } from '../delivery/secret-name.ts';
import type { ControllerApi, SecretHead } from '../kubernetes/controller-api.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, SECRET_MAC } from '../names.ts';
import { addSecretsOfPod } from './secret-users.ts';

/** Absent: all namespaces. */
export type Namespaces = readonly string[] | undefined;

/** Whether a Secret is one that this installation made: its name has the form, and its MAC verifies. */
export function isOurs(
  secret: Pick<SecretHead, 'namespace' | 'name' | 'annotations'>,
  key: Uint8Array,
): boolean {
  const { namespace, name, annotations } = secret;
  return (
    readSecretName(name) !== undefined && isSecretMac(annotations[SECRET_MAC] ?? '', { key, namespace, name })
  );
}

/** Every managed Secret of this installation that is not being deleted, by uid; none of `excluded` namespaces. */
export async function managedSecrets(
  api: Pick<ControllerApi, 'eachSecret'>,
  among: { readonly namespaces: Namespaces; readonly excluded: readonly string[]; readonly key: Uint8Array },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SecretHead>> {
  const { namespaces, key } = among;
  const excluded = new Set(among.excluded);
  const found = new Map<string, SecretHead>();
  const labelSelector = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;
  const visit = (head: SecretHead): void => {
    if (!head.deleting && !excluded.has(head.namespace) && isOurs(head, key)) found.set(head.uid, head);
  };
  for (const namespace of namespaces ?? [undefined]) {
    await api.eachSecret({ labelSelector, ...(namespace === undefined ? {} : { namespace }) }, visit, signal);
  }
  return found;
}

/** The places (`namespace/name`) of all managed Secrets that pods of these namespaces need. */
export async function neededPlaces(
  api: Pick<ControllerApi, 'eachPod'>,
  namespaces: Namespaces,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const places = new Set<string>();
  for (const namespace of namespaces ?? [undefined]) {
    await api.eachPod(namespace, (pod) => addSecretsOfPod(pod, places), signal);
  }
  return places;
}
