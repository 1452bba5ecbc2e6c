import { createAdoption } from '../adoption/adoption.ts';
import { createCompletions } from '../adoption/completions.ts';
import { createDefinitionIndex } from '../adoption/definition-index.ts';
import { createDefinitionReaders } from '../adoption/definition-readers.ts';
import { createProviderClasses } from '../adoption/provider-classes.ts';
import type { DefinitionReaders } from '../adoption/read-definition.ts';
import { createWaitingRoom } from '../adoption/waiting-room.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { IsTooStale } from '../stores/staleness.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Access } from './open-stores.ts';
import { createPodAdoption, type PodAdoption } from './pod-secrets.ts';
import { noSealing, type Sealing } from './sealing.ts';
import type { Surroundings } from './surroundings.ts';

/** What carrying out definitions needs of the world, beside what every pod needs. */
export interface AdoptionAccess {
  readonly api: AdoptionApi;
  /** Ends following definitions. */
  readonly signal: AbortSignal;
  /** Default: those of the kinds that Latchkey knows. */
  readonly definitionReaders?: DefinitionReaders;
}

export interface AssembleAdoptionOptions {
  readonly config: Config;
  readonly access: Access;
  readonly installationKey: Uint8Array;
  readonly sealing?: Sealing;
  readonly surroundings: Surroundings;
  readonly isTooStale: IsTooStale;
  readonly onStale: PodAdoption['onStale'];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Follows definitions from now on. `undefined` where they are not carried out. */
export function assembleAdoption(
  { api, signal, definitionReaders: readers = createDefinitionReaders() }: AdoptionAccess,
  options: AssembleAdoptionOptions,
): PodAdoption | undefined {
  const { config, access, clock, log, metrics, surroundings } = options;
  const { adoption, identity, region, cacheTtlMs, dryRunAsksAws } = config;
  if (adoption === undefined) return undefined;
  const { namespaces, clusterStores, allowedSecretTypes, staticKeysAllowed, waitMs } = adoption;
  const index = createDefinitionIndex({
    api,
    clock,
    signal,
    ...(namespaces === undefined ? {} : { namespaces }),
    onFailure: (error) => log.warn({ code: error.code, err: error }, 'definitions cannot be followed'),
  });
  const { readers: identities, sessionFor, resolver } = access;
  const complete = createCompletions({
    api,
    index,
    readers,
    resolver,
    clock,
    cacheTtlMs,
    clusterStores,
    keyNamespaces: config.sealing?.keyNamespaces ?? [],
    opener: (options.sealing ?? noSealing(clock)).opener,
    allowedSecretTypes,
    dryRunAsksAws,
    ...(region === undefined ? {} : { region }),
    isTooStale: options.isTooStale,
    installationKey: options.installationKey,
    access: { readers: identities, sessionFor, identity, staticKeysAllowed },
    serviceAccount: surroundings.serviceAccount,
    onCompleted: (outcome) => metrics.adopted(outcome),
  });
  const waitingRoom = createWaitingRoom({ clock, waitMs });
  const inRegion = region === undefined ? {} : { region };
  const classes = createProviderClasses({ api, waitingRoom, clock, cacheTtlMs, ...inRegion });
  const carriedOut = createAdoption({ complete, index, api, waitingRoom, clock });
  return createPodAdoption(carriedOut, classes, options.onStale);
}
