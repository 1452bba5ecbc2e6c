import { openStores } from '../admission/open-stores.ts';
import type { PolicySource } from '../admission/policy-source.ts';
import { openSealing } from '../admission/sealing.ts';
import { createSurroundings } from '../admission/surroundings.ts';
import { createDefinitionReaders } from '../adoption/definition-readers.ts';
import type { Clock } from '../clock.ts';
import type { MaterializeConfig } from '../config/materialize-config.ts';
import type { Pause } from '../controller/pause.ts';
import type { OwnSources } from '../identity/own-session.ts';
import type { AdoptionApi } from '../kubernetes/adoption-api.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { ControllerMetrics } from '../telemetry/controller-metrics.ts';
import type { Log } from '../telemetry/log.ts';
import { createKeepSecret } from './keep-secret.ts';
import { createMaterializer } from './materializer.ts';
import { createTell } from './tell.ts';

export interface AssembleMaterializerOptions {
  readonly config: MaterializeConfig;
  readonly api: AdoptionApi;
  readonly kubernetes: Kubernetes;
  /** The controller's own AWS credentials, for --identity=controller. */
  readonly ownSources: OwnSources;
  /** Undefined without --policy-file. */
  readonly policy: PolicySource | undefined;
  /** Latchkey's own namespace, where nothing is made. */
  readonly namespace: string;
  readonly installationKey: Uint8Array;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly log: Log;
  readonly metrics: ControllerMetrics;
}

/** Makes and keeps the Secrets of marked definitions until the signal aborts, remembering nothing of an earlier term. */
export async function materialize(options: AssembleMaterializerOptions, signal: AbortSignal): Promise<void> {
  const { config, api, kubernetes, clock, log, metrics } = options;
  const { region, identity, staticKeysAllowed, namespaces } = config;
  const { readers: identities, sessionFor, resolver } = await openStores(options);
  const surroundings = createSurroundings({ kubernetes, clock, ttlMs: config.cacheTtlMs });
  // Keys may be there before what waits for them is.
  const onKeys = new Set<() => void>();
  const sealing = openSealing({
    config,
    api,
    signal,
    clock,
    log,
    metrics,
    onKeys: () => onKeys.forEach((tell) => tell()),
  });
  const materializer = createMaterializer(
    {
      ...options,
      namespaces,
      everyMs: config.everyMs,
      // Whose Secrets are sealing keys must not be for the authors of definitions to say.
      excluded: [...config.excluded, options.namespace, ...(config.sealing?.keyNamespaces ?? [])],
      tell: createTell({ kubernetes, clock, log, metrics }),
      keeperOf: (index) =>
        createKeepSecret({
          api,
          index,
          resolver,
          keyNamespaces: config.sealing?.keyNamespaces ?? [],
          opener: sealing.opener,
          readers: createDefinitionReaders(),
          access: { readers: identities, sessionFor, identity, staticKeysAllowed },
          clusterStores: config.clusterStores,
          allowedSecretTypes: config.allowedSecretTypes,
          ...(region === undefined ? {} : { region }),
          installationKey: options.installationKey,
          namespace: surroundings.namespace,
          serviceAccount: surroundings.serviceAccount,
          policy: async () => options.policy?.current(),
          dryRunAsksAws: false,
          // A Secret stays as it is while AWS is away; that it could not be looked at is told all the same.
          isTooStale: () => true,
        }),
    },
    signal,
  );
  onKeys.add(materializer.keysChanged);
  await materializer.run();
}
