import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { LatchkeyError } from '../errors.ts';
import { createControllerSessions } from '../identity/controller-sessions.ts';
import { createCredentialCache, type CredentialCache } from '../identity/credential-cache.ts';
import { createPodSessions, type Sessions } from '../identity/pod-sessions.ts';
import type { OwnSources } from '../identity/own-session.ts';
import type { Readers } from '../identity/readers.ts';
import { chainedSession } from '../identity/role-chain.ts';
import { sessionName } from '../identity/session-name.ts';
import { staticSession } from '../identity/static-session.ts';
import { createSts, type Sts } from '../identity/sts.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import { printable } from '../quote.ts';
import { createAwsClients } from '../stores/aws-clients.ts';
import { createAwsNetwork } from '../stores/aws-config.ts';
import { createFileStore } from '../stores/file.ts';
import { withSealed } from '../stores/sealed.ts';
import { createResolver, type Resolver, type ResolverOptions } from '../stores/resolver.ts';
import { createSecretsManagerStore } from '../stores/secrets-manager.ts';
import { createSsmStore } from '../stores/ssm.ts';
import { parseStoreFile } from '../stores/store-file.ts';
import { countClients, countSts } from '../telemetry/count-aws.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { noSealing, type Sealing } from './sealing.ts';
import { storeFileSession } from './sessions-without-aws.ts';

/** Who reads for a pod, and through what. */
export interface Access {
  readonly resolver: Resolver;
  /** @throws LatchkeyError LK-NO-ROLE, LK-POLICY, LK-SYNTAX */
  readonly sessionFor: Sessions['forServiceAccount'];
  readonly readers: Readers;
}

/** What reading takes, for whoever reads for others. */
export interface OpenStoresOptions {
  readonly config: Pick<
    Config,
    'storeFile' | 'awsEndpointUrl' | 'proxy' | 'identity' | 'tokenAudiences' | 'clusterName' | 'cacheTtlMs'
  >;
  /** Absent with --no-kubernetes. */
  readonly kubernetes?: Pick<Kubernetes, 'requestToken'>;
  /** The process's own AWS credentials, for --identity=controller. */
  readonly ownSources: OwnSources;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'awsCall' | 'resolution'>;
  /** Absent: nothing that is sealed opens. */
  readonly sealing?: Sealing;
}

/** Without an API server no service account is ever known, so nobody gets as far as asking for its token. */
const NO_KUBERNETES = {
  async requestToken(): Promise<never> {
    throw new LatchkeyError('LK-KUBERNETES', 'Latchkey was started with --no-kubernetes');
  },
};

/** AWS as the pod (or as the webhook, with --identity=controller), or one file that answers everybody. */
export async function openStores(options: OpenStoresOptions): Promise<Access> {
  const { storeFile } = options.config;
  return storeFile === undefined ? openAws(options) : openFile(storeFile, options);
}

async function openFile(file: string, options: OpenStoresOptions): Promise<Access> {
  const store = createFileStore(parseStoreFile(await readText(file), file));
  return {
    resolver: openResolver({ ssm: store, secretsmanager: store }, options),
    sessionFor: storeFileSession,
    readers: { forAccount: storeFileSession, withKeys: staticSession, chained: (base) => base },
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new LatchkeyError(
      'LK-CONFIG',
      `the store file ${printable(file)} cannot be read`,
      'Check --store-file.',
    );
  }
}

function openAws(options: OpenStoresOptions): Access {
  const { config, clock, log, metrics } = options;
  const { awsEndpointUrl: endpoint, proxy } = config;
  const network = createAwsNetwork({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(proxy === undefined ? {} : { proxy }),
  });
  const clients = countClients(createAwsClients(network), metrics);
  const stores = {
    ssm: createSsmStore({
      connect: clients.ssm,
      clock,
      advise: ({ code, text }) => {
        log.warn({ code, advice: printable(text, 500) }, 'advice');
      },
    }),
    secretsmanager: createSecretsManagerStore({ connect: clients.secretsManager }),
  };
  const sts = countSts(createSts(network), metrics);
  const aws = { sts, cache: createCredentialCache({ clock }) };
  const asPod = createPodSessions({
    ...aws,
    kubernetes: options.kubernetes ?? NO_KUBERNETES,
    tokenAudiences: config.tokenAudiences,
    cluster: config.clusterName,
  });
  const sessions = config.identity === 'controller' ? controllerSessions(options, aws) : asPod;
  return {
    resolver: openResolver(stores, options),
    sessionFor: (request) => sessions.forServiceAccount(request),
    readers: {
      forAccount: (request) => asPod.forServiceAccount(request),
      withKeys: staticSession,
      chained: (base, hop, who) =>
        chainedSession(
          base,
          { ...hop, sessionName: sessionName({ cluster: config.clusterName, ...who }) },
          aws,
        ),
    },
  };
}

function openResolver(
  stores: ResolverOptions['stores'],
  { config, clock, metrics, sealing = noSealing(clock) }: OpenStoresOptions,
): Resolver {
  const onEvent: ResolverOptions['onEvent'] = (event) => {
    metrics.resolution(event);
  };
  const resolver = createResolver({ stores, clock, cacheTtlMs: config.cacheTtlMs, onEvent });
  return withSealed(resolver, { ...sealing, clock });
}

function controllerSessions(
  { config, ownSources }: OpenStoresOptions,
  aws: { readonly sts: Sts; readonly cache: CredentialCache },
): Sessions {
  return createControllerSessions({ ...aws, ...ownSources, cluster: config.clusterName });
}
