// What somebody has who used the other controllers: the twelve references of a roll-out, written down as each of them reads them.

import {
  EXTERNAL_SECRET_ESO,
  EXTERNAL_SECRET_KES,
  SECRET_STORE,
} from '../test/support/kubernetes-double-custom.ts';
import type { KubernetesDouble } from '../test/support/kubernetes-double.ts';
import { REGION } from './constants.ts';
import type { Question } from './doubles-process.ts';

type Definition = Extract<Question, { kind: 'definition' }>;

const PARAMETERS = Array.from({ length: 8 }, (_, n) => ({ key: `/bench/p${n}`, name: `p${n}` }));
const SECRETS = Array.from({ length: 4 }, (_, n) => ({ key: `bench/s${n}`, name: `s${n}` }));

/**
 * KES reads from one service for each ExternalSecret, so that of KES is two: `NAME` and `NAME-secrets`.
 * @returns its uid
 */
export function addDefinition({ addNamespace, custom }: KubernetesDouble, definition: Definition): string {
  const { namespace, name, of } = definition;
  addNamespace(namespace, { labels: { 'latchkey.dev/adoption': 'enabled' } });
  if (of === 'kes') {
    const spec = (backendType: string, data: object) => ({ rest: { spec: { backendType, data } } });
    custom.put(EXTERNAL_SECRET_KES, { namespace, name: `${name}-secrets` }, spec('secretsManager', SECRETS));
    return custom.put(EXTERNAL_SECRET_KES, { namespace, name }, spec('systemManager', PARAMETERS)).metadata
      .uid;
  }
  const services = { parameters: 'ParameterStore', secrets: 'SecretsManager' };
  for (const [store, service] of Object.entries(services)) {
    const spec = { provider: { aws: { service, region: REGION } } };
    custom.put(SECRET_STORE, { namespace, name: store }, { rest: { spec } });
  }
  const from = (store: string, entries: typeof PARAMETERS) =>
    entries.map(({ key, name: secretKey }) => ({
      secretKey,
      remoteRef: { key },
      sourceRef: { storeRef: { name: store, kind: 'SecretStore' } },
    }));
  const data = [...from('parameters', PARAMETERS), ...from('secrets', SECRETS)];
  const spec = { secretStoreRef: { name: 'parameters', kind: 'SecretStore' }, data };
  return custom.put(EXTERNAL_SECRET_ESO, { namespace, name }, { rest: { spec } }).metadata.uid;
}
