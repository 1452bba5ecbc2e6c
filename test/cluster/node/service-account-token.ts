// Projected tokens: bound to the pod, requested as the kubelet requests them, and renewed before they end.

import type { Api, Json } from '../support/api.ts';

/** The token for a `serviceAccountToken` source: a new one when four fifths of the last one's time are over. */
export type TokenSource = (source: {
  readonly audience?: string;
  readonly expirationSeconds?: number;
}) => Promise<string>;

const DEFAULT_SECONDS = 3600;
const RENEW_AT = 0.8;

export function tokensOf(api: Api, pod: Json): TokenSource {
  const { name, namespace, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${pod.spec.serviceAccountName}/token`;
  const held = new Map<string, { readonly token: string; readonly renewMs: number }>();
  return async ({ audience, expirationSeconds = DEFAULT_SECONDS }) => {
    const key = JSON.stringify([audience, expirationSeconds]);
    const last = held.get(key);
    if (last !== undefined && Date.now() < last.renewMs) return last.token;
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid };
    const audiences = audience === undefined ? [] : [audience];
    const { status } = await api.create(path, { spec: { audiences, expirationSeconds, boundObjectRef } });
    // The API server may give another time than it was asked for.
    const lifeMs = Date.parse(status.expirationTimestamp) - Date.now();
    held.set(key, { token: status.token, renewMs: Date.now() + lifeMs * RENEW_AT });
    return status.token;
  };
}
