import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { readKeyFile } from '../config/key-file.ts';
import type { OwnSources } from '../identity/own-session.ts';
import { LatchkeyError } from '../errors.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { printable } from '../quote.ts';
import { createStaleness } from '../stores/staleness.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Case, Deliverer, ResolvedCase } from './case.ts';
import { createMemoryDeliverer } from './deliver-memory.ts';
import { createPlaintextDeliverer } from './deliver-plaintext.ts';
import { createSecretDeliverer } from './deliver-secret.ts';
import { createEventWriter, type EventWriter } from './events.ts';
import { refusing } from './refusing.ts';
import { createPodReviewer, type Deliverers } from './pods.ts';
import { createPolicySource, type PolicySource } from './policy-source.ts';
import type { PodReviewer, Reviewer } from './reviewer.ts';
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
  const parts = { access, key, events };
  const sources = {
    config,
    ...(around === undefined ? {} : { surroundings: around.surroundings }),
    policy: async () => policy?.current(),
    sessionFor: access.sessionFor,
  };
  const deliverers = createDeliverers(options, parts);
  const unasking = createDeliverers({ ...options, config: { ...config, dryRunAsksAws: false } }, parts);
  return {
    reviewPod: createPodReviewer({
      ...sources,
      clock,
      deliverers,
      ...(events === undefined ? {} : { events }),
    }),
    reviewWorkload: createWorkloadReviewer({
      ...sources,
      deliverers: { ...unasking, memory: deliverers.memory },
      resolver: access.resolver,
      clock,
    }),
  };
}

interface Parts {
  readonly access: Access;
  readonly key: Uint8Array | undefined;
  readonly events: EventWriter | undefined;
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

function secretDeliverer(options: AssembleOptions, { access, key, events }: Parts): Deliverer<ResolvedCase> {
  const { config, kubernetes, clock, metrics } = options;
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
  const { cacheTtlMs, maxStaleMs, dryRunAsksAws } = config;
  const onStale = staleReporter(metrics, events);
  const isTooStale = createStaleness({ resolver, clock, maxStaleMs });
  const siblings = createSiblingSecrets({ kubernetes, isTooStale, clock, onStale });
  const common = { kubernetes, resolver, clock, cacheTtlMs, dryRunAsksAws };
  return createSecretDeliverer({ ...common, installationKey: key, siblings });
}

function staleReporter(metrics: Metrics, events: EventWriter | undefined) {
  return ({ namespace, pod }: Case, message: string): void => {
    metrics.staleDelivery();
    events?.warn(pod, { namespace, reason: 'SecretsStale', message });
  };
}

async function installationKey({ keyFile }: Config): Promise<Uint8Array | undefined> {
  return keyFile === undefined ? undefined : (await readKeyFile(keyFile)).reveal();
}

/** A policy that cannot be read at start ends the start: a roll-out stops there, with the old replicas still serving. */
async function openPolicy({ config, clock, log }: AssembleOptions): Promise<PolicySource | undefined> {
  const { policyFile } = config;
  if (policyFile === undefined) {
    return undefined;
  }
  const source = createPolicySource({
    file: policyFile,
    clock,
    onLoad(policy) {
      if (policy.kind === 'unreadable') {
        log.error(
          { reason: printable(policy.reason, 500) },
          'the policy is unreadable: every pod that asks is refused',
        );
      } else {
        log.info({ rules: policy.rules.length }, 'policy loaded');
      }
    },
  });
  const policy = await source.current();
  if (policy.kind === 'unreadable') {
    throw new LatchkeyError(
      'LK-CONFIG',
      `the policy file ${printable(policyFile)}: ${policy.reason}`,
      'Check --policy-file.',
    );
  }
  return source;
}
