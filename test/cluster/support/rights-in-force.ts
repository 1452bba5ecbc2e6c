import type { Api, Json } from './api.ts';
import { eventually } from './eventually.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

/**
 * Waits until the bindings among the manifests are in force: the authorizer learns of them, and of their roles, in its own time,
 * and until then it forbids what they allow. Of those of service accounts: each binds one to a role that is among the manifests.
 */
export async function rightsInForce(api: Api, manifests: readonly Json[]): Promise<void> {
  const bindings = manifests.filter(
    ({ kind, subjects }) => kind.endsWith('RoleBinding') && subjects[0].kind === 'ServiceAccount',
  );
  for (const binding of bindings) {
    const review = { spec: firstRight(binding, roleOf(binding, manifests)) };
    const isAllowed = async () => (await api.create(REVIEWS, review)).status.allowed;
    await eventually(isAllowed, `${binding.metadata.name} is in force`);
  }
}

function roleOf({ roleRef, metadata }: Json, manifests: readonly Json[]): Json {
  const role = manifests.find(
    (each) =>
      each.kind === roleRef.kind &&
      each.metadata.name === roleRef.name &&
      (each.kind === 'ClusterRole' || each.metadata.namespace === metadata.namespace),
  );
  if (role === undefined) throw new Error(`${metadata.name} binds ${roleRef.name}, which is not there`);
  return role;
}

function firstRight({ kind, metadata, subjects }: Json, { rules }: Json): Json {
  const [{ apiGroups, resources, resourceNames, verbs }] = rules;
  const [resource, subresource] = resources[0].split('/');
  const [{ name, namespace }] = subjects;
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    resourceAttributes: {
      ...{ group: apiGroups[0], resource, subresource, verb: verbs[0], name: resourceNames?.[0] },
      ...(kind === 'RoleBinding' ? { namespace: metadata.namespace } : {}),
    },
  };
}
