// What the controller does without pods, between the doubles of the API server and of AWS; nothing else of the controller.

import { randomBytes } from 'node:crypto';

import { openPolicy } from '../../src/admission/open-policy.ts';
import { systemClock } from '../../src/clock.ts';
import { readControllerConfig } from '../../src/config/controller-config.ts';
import { pause } from '../../src/controller/pause.ts';
import type { OwnSources } from '../../src/identity/own-session.ts';
import type { AdoptionApi } from '../../src/kubernetes/adoption-api.ts';
import { createAdoptionApi } from '../../src/kubernetes/create-adoption-api.ts';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import { materialize } from '../../src/materialize/assemble-materializer.ts';
import { ADOPTED } from '../../src/names.ts';
import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { startAdoption, REGION, type AdoptionInstallation } from './adoption.ts';
import { eventually } from './eventually.ts';
import { createFollowed, type FollowedObjects } from './followed.ts';
import type { InstallationOptions } from './installation.ts';
import { createKeySecrets, type KeySecrets } from './key-secrets.ts';

/** What failed is tried again after seconds. */
const PATIENCE_MS = 25_000;

export interface Materialization extends AdoptionInstallation {
  readonly keys: KeySecrets;
  /** The namespaces that are marked, as far as the controller is told. */
  readonly namespaces: FollowedObjects;
  /** The Secrets that were made, likewise. */
  readonly secrets: FollowedObjects;
  /** Reason and message of the Events about a definition. */
  told(name: string): readonly string[];
  /** Waits for an Event about a definition that says this. */
  hears(name: string, reason: string, what?: string): Promise<string>;
  /** Waits until a Secret holds this. */
  holds(name: string, data: Readonly<Record<string, string>>): Promise<void>;
}

export interface MaterializationOptions {
  /** Of the controller. */
  readonly flags?: readonly string[];
  readonly policyFile?: string;
  readonly ownSources?: OwnSources;
  readonly installation?: InstallationOptions;
}

/** In namespace `shop`, which is marked. */
export async function startMaterialization({
  flags = [],
  policyFile,
  ownSources = {},
  installation,
}: MaterializationOptions = {}): Promise<Materialization> {
  const shop = await startAdoption(installation);
  const { kubernetes, aws } = shop;
  kubernetes.addNamespace('shop', { labels: { 'latchkey.dev/adoption': 'materialize' } });
  const given = [
    ...['--materialize', '--region', REGION, '--aws-endpoint-url', aws.url, '--cache-ttl', '0s'],
    ...['--sealing-key-namespaces', 'kube-system', ...flags],
    ...(policyFile === undefined ? [] : ['--policy-file', policyFile]),
  ];
  const { materialize: config } = readControllerConfig(given, {});
  if (config === undefined) throw new Error('not switched on');
  const connection = { environment: {}, kubeconfig: kubernetes.kubeconfig };
  const keys = createKeySecrets();
  const followed = createFollowed();
  const real = createAdoptionApi(connection);
  const api: AdoptionApi = {
    ...real,
    // The double's API server has no watches of its own kinds.
    follow(kind, follower, signal) {
      if (kind.group !== '') return real.follow(kind, follower, signal);
      const isOfKeys = kind.plural === 'secrets' && kind.select?.['labelSelector'] !== ADOPTED;
      return (isOfKeys ? keys.api : followed.api).follow(kind, follower, signal);
    },
  };
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => lines.push(line) });
  const metrics = createControllerMetrics({ processMetrics: false });
  const stop = new AbortController();
  const running = materialize(
    {
      config,
      api,
      kubernetes: createKubernetes(connection),
      ownSources,
      policy: await openPolicy({ config, clock: systemClock, log }),
      namespace: 'latchkey',
      installationKey: randomBytes(32),
      clock: systemClock,
      pause,
      log,
      metrics,
    },
    stop.signal,
  );
  // Of the two, Secrets come last.
  await eventually(() => followed.all.length === 2, 'namespaces and Secrets followed');
  const namespaces = followed.of('namespaces');
  const secrets = followed.of('secrets');
  namespaces.list({ metadata: { name: 'shop' } });
  secrets.list();
  const about = (name: string) =>
    kubernetes
      .events('shop')
      .filter((event) => (event['involvedObject'] as { name?: string } | undefined)?.name === name);
  const told = (name: string) =>
    about(name).map((event) => `${String(event['reason'])}: ${String(event['message'])}`);
  return {
    ...shop,
    keys,
    namespaces,
    secrets,
    told,
    async hears(name, reason, what = '') {
      const heard = (): string | undefined =>
        told(name).findLast((text) => text.startsWith(`${reason}: `) && text.includes(what));
      await eventually(() => heard() !== undefined, `${reason} ${what} of ${name}`, PATIENCE_MS);
      return heard() ?? '';
    },
    async holds(name, data) {
      const wanted = JSON.stringify(data);
      await eventually(
        () => JSON.stringify(shop.data(name)) === wanted,
        `Secret ${name} with ${wanted}`,
        PATIENCE_MS,
      );
    },
    async written() {
      return [...lines, (await metrics.scrape()).text, await shop.written()].join('\n');
    },
    async close() {
      stop.abort();
      await running;
      await shop.close();
    },
  };
}
