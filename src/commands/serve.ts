import { setTimeout as sleep } from 'node:timers/promises';
import { assembleReviewers } from '../admission/assemble.ts';
import { createHealthServer, type HealthServer, type ReadyCheck } from '../admission/health.ts';
import { awaitKubernetes } from '../admission/await-kubernetes.ts';
import { openSealing, type Sealing } from '../admission/sealing.ts';
import { sealingRoutes } from '../admission/sealing-routes.ts';
import { createServer, type AdmissionServer } from '../admission/server.ts';
import type { TokenCheck } from '../admission/token-check.ts';
import { systemClock } from '../clock.ts';
import type { Config, HostPort } from '../config/config.ts';
import { readOwnSources } from '../config/own-credentials.ts';
import { readServeConfig } from '../config/serve-config.ts';
import { LatchkeyError } from '../errors.ts';
import { printable } from '../quote.ts';
import { createLog, type Log } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { safeError } from '../telemetry/safe-error.ts';
import { watchCertificate } from '../tls/watch-certificate.ts';
import type { CertificateSource } from '../tls/certificate-source.ts';
import type { TlsMaterial } from '../tls/material.ts';
import { VERSION } from '../version.ts';
import { EXIT_FINE, type CommandContext } from './command.ts';
import { certificateSource } from './serve/certificate-source.ts';
import { openAdoptionApi, openKubernetes } from './serve/connections.ts';
import { openTokenCheck } from './serve/open-token-check.ts';

/** What the checks of `/readyz` look at. */
interface State {
  tls: TlsMaterial;
  kubernetesReached: boolean;
  readonly tokenCheck: TokenCheck | undefined;
  readonly sealing: Sealing;
  draining: boolean;
}

/**
 * `latchkey serve`: the webhook, until a signal.
 * @throws UsageError, LatchkeyError when it cannot start
 */
export async function run({ args, env, stdout, signal }: CommandContext): Promise<number> {
  const config = readServeConfig(args, env);
  const log = createLog(config.logLevel, stdout);
  const metrics = createMetrics({ processMetrics: true });
  const kubernetes = openKubernetes(config, env);
  const adoptionApi = openAdoptionApi(config, env);
  const sealing = openSealing({ config, api: adoptionApi, signal, log, metrics, clock: systemClock });
  const source = certificateSource(config, kubernetes);
  const [tls, reviewers] = await Promise.all([
    source.read(systemClock.wall()),
    assembleReviewers({
      config,
      ...(kubernetes === undefined ? {} : { kubernetes }),
      ownSources: readOwnSources(env),
      clock: systemClock,
      log,
      metrics,
      ...(config.adoption && adoptionApi && { adoption: { api: adoptionApi, signal } }),
      sealing,
    }),
  ]);
  const state: State = {
    tls,
    kubernetesReached: kubernetes === undefined,
    tokenCheck: kubernetes && openTokenCheck(config, { kubernetes, log, metrics }),
    sealing,
    draining: false,
  };
  const server = createServer({ config, ...reviewers, tls, metrics, log, clock: systemClock });
  const health = createHealthServer({
    listen: config.healthListen,
    checks: checksOf(state),
    metrics,
    ...(config.sealing === undefined ? {} : { routes: sealingRoutes({ sealing, clock: systemClock }) }),
  });

  metrics.certificate(tls);
  const watch = followCertificate({ source, state, server, log, metrics });
  await listen(config, { server, health, log });
  if (kubernetes !== undefined) {
    void awaitKubernetes(kubernetes, log, signal).then(async (reached) => {
      state.kubernetesReached = reached;
      await state.tokenCheck?.run(signal);
    });
  }
  await aborted(signal);
  await shutDown({ config, state, server, health, log, signal });
  watch.close();
  return EXIT_FINE;
}

function checksOf(state: State): ReadonlyMap<string, ReadyCheck> {
  return new Map<string, ReadyCheck>([
    ['shutdown', () => (state.draining ? 'shutting down' : undefined)],
    ['certificate', () => (state.tls.notAfterMs <= systemClock.wall() ? 'expired' : undefined)],
    ['kubernetes', () => (state.kubernetesReached ? undefined : 'not reached yet')],
    ['token-check', () => state.tokenCheck?.ready()],
    ['sealing-keys', () => (state.sealing.isSettled() ? undefined : 'not read yet')],
  ]);
}

interface Following {
  readonly source: CertificateSource;
  readonly state: State;
  readonly server: AdmissionServer;
  readonly log: Log;
  readonly metrics: Metrics;
}

function followCertificate({ source, state, server, log, metrics }: Following) {
  return watchCertificate(state.tls, {
    source,
    clock: systemClock,
    onLoaded(tls) {
      server.replaceTls(tls);
      state.tls = tls;
      metrics.certificate(tls);
      metrics.certificateReload('loaded');
      log.info({ notAfter: new Date(tls.notAfterMs).toISOString() }, 'certificate reloaded');
    },
    onRefused(reason) {
      metrics.certificateReload('refused');
      log.error({ reason }, 'certificate not reloaded: the old one goes on serving');
    },
  });
}

interface Listeners {
  readonly server: AdmissionServer;
  readonly health: HealthServer;
  readonly log: Log;
}

async function listen(config: Config, { server, health, log }: Listeners): Promise<void> {
  const [healthAt, at] = await Promise.allSettled([health.listen(), server.listen()]);
  const failed = [
    listenProblem('--health-listen', config.healthListen, healthAt),
    listenProblem('--listen', config.listen, at),
  ].find((problem) => problem !== undefined);
  if (failed !== undefined || at.status === 'rejected' || healthAt.status === 'rejected') {
    await Promise.all([server.close(0), health.close()]);
    throw failed ?? new LatchkeyError('LK-CONFIG', 'cannot listen');
  }
  log.info(
    {
      version: VERSION,
      listen: `https://${authority(at.value)}`,
      health: `http://${authority(healthAt.value)}`,
      kubernetes: config.kubernetes.kind,
      identity: config.identity,
      adoption: config.adoption !== undefined,
      defaultDelivery: config.defaultDelivery,
    },
    'listening',
  );
}

function listenProblem(flag: string, { host, port }: HostPort, outcome: PromiseSettledResult<HostPort>) {
  if (outcome.status === 'fulfilled') {
    return undefined;
  }
  const { code = 'error' } = safeError(outcome.reason);
  const address = authority({ host: printable(host), port });
  return new LatchkeyError('LK-CONFIG', `cannot listen on ${address} (${code})`, `Choose another ${flag}.`);
}

function authority({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

interface ShutDown extends Listeners {
  readonly config: Config;
  readonly state: State;
  readonly signal: AbortSignal;
}

/**
 * Not ready from now on; but for a while API servers still come, over connections that they keep and by endpoints that
 * they have not unlearned yet. Ctrl-C doesn't wait for that.
 */
async function shutDown({ config, state, server, health, log, signal }: ShutDown): Promise<void> {
  log.info({ signal: String(signal.reason) }, 'shutting down');
  state.draining = true;
  server.drain();
  if (signal.reason === 'SIGTERM') {
    await sleep(config.shutdownDelayMs);
  }
  await server.close(config.shutdownGraceMs);
  await health.close();
  log.info({}, 'stopped');
}
