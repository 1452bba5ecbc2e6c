// The chart's registrations in the API server. They are as the chart renders them, but for the address of the webhook.

import type { Api, Json } from './api.ts';
import { eventually } from './eventually.ts';
import type { Placed } from './release.ts';

/** Where calls go, and the PEM of the authority that they trust. Absent: the Service, whose caBundle the controller writes. */
export interface Address {
  /** Absent: the chart's Service at `port`. */
  readonly url?: string;
  readonly port?: number;
  readonly ca?: string;
}

/** Creates them for this address. */
export async function register(api: Api, registrations: readonly Placed[], at: Address): Promise<void> {
  for (const { path, manifest } of registrations) {
    const webhooks = manifest.webhooks.map((webhook: Json) => ({
      ...webhook,
      clientConfig: clientConfig(webhook.clientConfig, at),
    }));
    await api.create(path, { ...manifest, webhooks });
  }
}

function clientConfig({ service }: Json, { url, port, ca }: Address): Json {
  return {
    ...(url === undefined
      ? { service: { ...service, port: port ?? service.port } }
      : { url: `${url}${service.path}` }),
    ...(ca === undefined ? {} : { caBundle: Buffer.from(ca).toString('base64') }),
  };
}

const STRAY = { 'latchkey.dev/probe': '' };

/**
 * They are in force when the API server's informers have seen them: dry runs of what must be refused say so.
 * @param path of a namespace that they are for
 */
export async function inForce(api: Api, { core, apps }: Record<'core' | 'apps', string>): Promise<void> {
  const pod = { metadata: { annotations: STRAY }, spec: { containers: [{ name: 'a', image: 'a' }] } };
  const labels = { app: 'probe' };
  const template = { ...pod, metadata: { labels, annotations: STRAY } };
  const probes = [
    ['pods.latchkey.dev', `${core}/pods`, { ...pod, metadata: { ...pod.metadata, name: 'probe' } }],
    [
      'workloads.latchkey.dev',
      `${apps}/deployments`,
      { metadata: { name: 'probe' }, spec: { selector: { matchLabels: labels }, template } },
    ],
  ] as const;
  for (const [webhook, path, object] of probes) {
    await eventually(async () => {
      const { body } = await api.send('POST', `${path}?dryRun=All`, object);
      return String(body.message).includes(`"${webhook}" denied`);
    }, `the registration of ${webhook} in force`);
  }
}
