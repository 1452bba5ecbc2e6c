import { KubeConfig } from '@kubernetes/client-node';

import { apiOf, type Api, type Json } from './api.ts';

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** A kubeconfig with a token of a service account, for two hours. */
export async function kubeconfigOf(api: Api, { namespace, name }: Account): Promise<Json> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status } = await api.create(path, { spec: { expirationSeconds: 7200 } });
  const cluster = { server: api.server, 'certificate-authority-data': api.caData };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
    users: [{ name: 'user', user: { token: status.token } }],
  };
}

/** A client with a token of a service account. */
export async function apiAs(api: Api, account: Account): Promise<Api> {
  const config = new KubeConfig();
  config.loadFromString(JSON.stringify(await kubeconfigOf(api, account)));
  return apiOf(config);
}
