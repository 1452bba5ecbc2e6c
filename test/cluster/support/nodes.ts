import type { Api } from './api.ts';

/** A node that is nothing but an object: ready, without the taint that a new one gets. */
export async function addNode(api: Api, name: string, kubeletVersion: string): Promise<void> {
  const path = '/api/v1/nodes';
  await api.create(path, { metadata: { name, labels: { 'test-node': name } } });
  await api.patch(`${path}/${name}`, { spec: { taints: null } });
  await api.patch(`${path}/${name}/status`, {
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: { kubeletVersion, operatingSystem: 'linux' },
    },
  });
}
