import type { Api } from './api.ts';
import { eventually } from './eventually.ts';

/**
 * Resolves when no pod of the namespace is ending. Replicas that end answer for some seconds more, by what they were told, also when
 * the roll-out that replaced them has ended.
 */
export async function noneEnds(api: Api, namespace: string): Promise<void> {
  await eventually(async () => {
    const pods = await api.list(`/api/v1/namespaces/${namespace}/pods`);
    return pods.every(({ metadata }) => metadata.deletionTimestamp === undefined);
  }, `no pod of ${namespace} is ending`);
}
