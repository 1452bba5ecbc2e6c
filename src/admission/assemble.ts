import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { readKeyFile } from '../config/key-file.ts';
import type { OwnSources } from '../identity/own-session.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { createStaleness, type IsTooStale } from '../stores/staleness.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { AdoptionAccess } from './assemble-adoption.ts';
import type { Case, Deliverer, ResolvedCase } from './case.ts';
import { createMemoryDeliverer } from './deliver-memory.ts';
import { createPlaintextDeliverer } from './deliver-plaintext.ts';
import { createSecretDeliverer } from './deliver-secret.ts';
import { createEventWriter, type EventWriter } from './events.ts';
import { refusing } from './refusing.ts';
import type { PodAdoption } from './pod-secrets.ts';
import { createPodReviewer, type Deliverers } from './pods.ts';
import { openPolicy } from './open-policy.ts';
import type { PodReviewer, Reviewer } from './reviewer.ts';
import type { Sealing } from './sealing.ts';
import { createSiblingSecrets } from './sibling-secrets.ts';
import { openStores, type Access } from './open-stores.ts';
import { createSurroundings } from './surroundings.ts';
import { createWorkloadReviewer } from './workloads.ts';

export interface AssembleOptions {
  readonly config: Config;
  /** Absent with --no-kubernetes. */
  readonly kubernetes?: Kubernetes;
  /** The webhook's own AWS credentials, for --identity=controller. */
  readonly ownSources: OwnSources;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Needed with --adoption. */
  readonly adoption?: AdoptionAccess;
  /** Absent: nothing that is sealed opens. */
  readonly sealing?: Sealing;
}

/** One for each path of the webhook. */
export interface Reviewers {
  readonly reviewPod: PodReviewer;
  readonly reviewWorkload: Reviewer;
}

/**
 * Builds the reviewers that the configuration describes, reading what it names: key, policy and store file.
 * @throws LatchkeyError LK-CONFIG when one of those is missing or wrong.
 */
export async function assembleReviewers(options: AssembleOptions): Promise<Reviewers> {
  const { config, kubernetes, clock, log } = options;
  const [access, key, policy] = await Promise.all([
    openStores(options),
    installationKey(config),
    openPolicy(options),
  ]);
  const around =
    kubernetes === undefined
      ? undefined
      : { kubernetes, surroundings: createSurroundings({ kubernetes, clock, ttlMs: config.cacheTtlMs }) };
  const events = around === undefined ? undefined : createEventWriter({ ...around, log, clock });
  const { maxStaleMs } = config;
  const isTooStale = createStaleness({ resolver: access.resolver, clock, maxStaleMs });
  const onStale = staleReporter(options.metrics, events);
  const parts = { access, key, isTooStale, onStale };
  const sources = {
    config,
    ...(around === undefined ? {} : { surroundings: around.surroundings }),
    policy: async () => policy?.current(),
    sessionFor: access.sessionFor,
  };
  const deliverers = createDeliverers(options, parts);
  const adoption =
    options.adoption === undefined || around === undefined || key === undefined
      ? undefined
      : // Who does not carry out definitions does not load what reads them.
        (await import('./assemble-adoption.ts')).assembleAdoption(options.adoption, {
          ...options,
          ...parts,
          ...around,
          installationKey: key,
        });
  const unasking = createDeliverers({ ...options, config: { ...config, dryRunAsksAws: false } }, parts);
  return {
    reviewPod: createPodReviewer({
      ...sources,
      clock,
      deliverers,
      ...(events === undefined ? {} : { events }),
      ...(adoption === undefined ? {} : { adoption }),
    }),
    reviewWorkload: createWorkloadReviewer({
      ...sources,
      deliverers: { ...unasking, memory: deliverers.memory },
      resolver: access.resolver,
      clock,
      ...(adoption === undefined ? {} : { adoption }),
    }),
  };
}

interface Parts {
  readonly access: Access;
  readonly key: Uint8Array | undefined;
  readonly isTooStale: IsTooStale;
  readonly onStale: PodAdoption['onStale'];
}

function createDeliverers(options: AssembleOptions, parts: Parts): Deliverers {
  const { config, kubernetes, clock } = options;
  const { resolver } = parts.access;
  const { dryRunAsksAws } = config;
  return {
    secret: secretDeliverer(options, parts),
    memory: createMemoryDeliverer({ config, kubernetes, clock }),
    plaintext: config.plaintextAllowed
      ? createPlaintextDeliverer({ resolver, dryRunAsksAws })
      : refusing(
          'LK-PLAINTEXT',
          'plaintext delivery is not switched on',
          'Use delivery "secret" or "memory"; an operator can start Latchkey with --allow-plaintext.',
        ),
  };
}

function secretDeliverer(options: AssembleOptions, parts: Parts): Deliverer<ResolvedCase> {
  const { config, kubernetes, clock } = options;
  const { access, key, isTooStale, onStale } = parts;
  if (kubernetes === undefined) {
    return refusing(
      'LK-CONFIG',
      'secret delivery needs an API server, and Latchkey was started with --no-kubernetes',
      'Use delivery "memory", or start Latchkey with a cluster.',
    );
  }
  if (key === undefined) {
    return refusing(
      'LK-CONFIG',
      'secret delivery needs the key of the installation, and Latchkey was started without --key-file',
      'Use delivery "memory", or start Latchkey with --key-file.',
    );
  }
  const { resolver } = access;
  const { cacheTtlMs, dryRunAsksAws } = config;
  const siblings = createSiblingSecrets({ kubernetes, isTooStale, clock, onStale });
  const common = { kubernetes, resolver, clock, cacheTtlMs, dryRunAsksAws };
  return createSecretDeliverer({ ...common, installationKey: key, siblings });
}

function staleReporter(metrics: Metrics, events: EventWriter | undefined) {
  return ({ namespace, pod }: Pick<Case, 'namespace' | 'pod'>, message: string): void => {
    metrics.staleDelivery();
    events?.warn(pod, { namespace, reason: 'SecretsStale', message });
  };
}

async function installationKey({ keyFile }: Config): Promise<Uint8Array | undefined> {
  return keyFile === undefined ? undefined : (await readKeyFile(keyFile)).reveal();
}
