// The chart in the test cluster, but for what needs nodes: service accounts, rights, policies, the Secrets that the
// controller fills, and the registrations. Latchkey itself runs as ordinary processes.

import { render, type Manifest, type Manifests } from '../../chart/render.ts';
import type { Api } from './api.ts';
import { rightsInForce } from './rights-in-force.ts';

export const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

export interface Release {
  /** Of the release, its namespace, its Service and its registrations. */
  readonly name: string;
  readonly manifests: Manifests;
  /** Where each registration belongs; nobody has created them yet. */
  readonly registrations: readonly Placed[];
  /** Nobody asks the webhook from then on. */
  unregister(): Promise<void>;
  /** Everything else, when none of its processes runs any more: they would be without their rights. */
  remove(): Promise<void>;
}

export interface Placed {
  /** The path of the collection. */
  readonly path: string;
  readonly manifest: Manifest;
}

export interface ReleaseOptions {
  readonly name: string;
  /** The namespaces that it is for: those with these labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** More of the chart's values. */
  readonly values?: object;
}

/** Creates its namespace and everything that has to be there before a process of Latchkey starts. */
export async function createRelease(api: Api, { name, labels, values }: ReleaseOptions): Promise<Release> {
  const webhook = { namespaceSelector: { matchLabels: labels } };
  const manifests = render({ webhook, ...values }, { release: name, namespace: name });
  const placed = manifests.all.flatMap((manifest) => placeOf(manifest, name));
  const { registrations = [], others = [] } = Object.groupBy(placed, ({ manifest }) =>
    manifest.kind.endsWith('WebhookConfiguration') ? 'registrations' : 'others',
  );
  await api.create('/api/v1/namespaces', { metadata: { name } });
  for (const { path, manifest } of others) await api.create(path, manifest);
  await rightsInForce(api, manifests.all);
  async function removeAll(all: readonly Placed[]): Promise<void> {
    for (const { path, manifest } of all) await api.send('DELETE', `${path}/${manifest.metadata.name}`);
  }
  return {
    name,
    manifests,
    registrations,
    unregister: () => removeAll(registrations),
    async remove() {
      await removeAll(others);
      await api.send('DELETE', `/api/v1/namespaces/${name}`);
    },
  };
}

/** Nothing for what only a cluster with nodes can use: Deployments, Services, what selects their pods. */
function placeOf(manifest: Manifest, release: string): readonly Placed[] {
  const kind = String(manifest.kind);
  const plural = `${kind.replace(/y$/, 'ie').toLowerCase()}s`;
  const namespace = manifest.metadata.namespace ?? release;
  if (kind === 'ServiceAccount' || kind === 'Secret')
    return [{ path: `/api/v1/namespaces/${namespace}/${plural}`, manifest }];
  if (kind.startsWith('ClusterRole')) return [{ path: `${RBAC}/${plural}`, manifest }];
  if (kind.startsWith('Role')) return [{ path: `${RBAC}/namespaces/${namespace}/${plural}`, manifest }];
  return /^(Mutating|Validating)/.test(kind) ? [{ path: `${ADMISSION}/${plural}`, manifest }] : [];
}
