import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createHealthServer, type HealthServer, type ReadyCheck } from '../admission/health.ts';
import { systemClock } from '../clock.ts';
import { readControllerConfig, type ControllerConfig } from '../config/controller-config.ts';
import { readKeyFile } from '../config/key-file.ts';
import { readKubernetesEnvironment } from '../config/kubernetes-environment.ts';
import { leadWhenElected } from '../controller/election.ts';
import { LEASE_TIMES } from '../controller/lease.ts';
import { pause } from '../controller/pause.ts';
import { runTasks } from '../controller/tasks.ts';
import { LatchkeyError } from '../errors.ts';
import { createControllerApi } from '../kubernetes/create-controller-api.ts';
import { mountedAccount } from '../kubernetes/mounted-account.ts';
import { ownNamespace } from '../kubernetes/own-namespace.ts';
import { printable } from '../quote.ts';
import { createControllerMetrics, type ControllerMetrics } from '../telemetry/controller-metrics.ts';
import { createLog } from '../telemetry/log.ts';
import { safeError } from '../telemetry/safe-error.ts';
import { VERSION } from '../version.ts';
import { EXIT_FINE, type CommandContext } from './command.ts';
import { openMaterializer } from './controller/open-materializer.ts';

/**
 * `latchkey controller`: certificates, registration, sweeping, until a signal. Several may run; one leads.
 * @throws UsageError, LatchkeyError when it cannot start
 */
export async function run({ args, env, stdout, signal }: CommandContext): Promise<number> {
  const config = readControllerConfig(args, env);
  const log = createLog(config.logLevel, stdout);
  const metrics = createControllerMetrics({ processMetrics: true });
  const namespace = config.namespace ?? (await ownNamespace());
  const owner = await mountedAccount();
  const key = config.keyFile === undefined ? undefined : await readKeyFile(config.keyFile);
  const connection = {
    environment: readKubernetesEnvironment(env),
    ...(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig }),
  };
  const api = createControllerApi(connection);
  const parts = { connection, env, namespace, clock: systemClock, pause, log, metrics };
  const materialize = config.materialize && (await openMaterializer(config.materialize, parts));

  let reached = false;
  const checks = new Map<string, ReadyCheck>([
    ['shutdown', () => (signal.aborted ? 'shutting down' : undefined)],
    ['kubernetes', () => (reached ? undefined : 'not reached yet')],
  ]);
  const health = await listen(config, checks, metrics);
  const { host, port } = health.at;
  log.info(
    {
      version: VERSION,
      namespace: printable(namespace),
      health: `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`,
      certificates: config.certificates !== undefined,
      sweeping: config.sweep !== undefined,
      materializing: config.materialize !== undefined,
    },
    'controller started',
  );
  try {
    await leadWhenElected(
      {
        api,
        namespace,
        lease: config.lease,
        ...(owner && { owner }),
        identity: `${hostname()}_${randomUUID()}`,
        times: LEASE_TIMES,
        clock: systemClock,
        pause,
        log,
        onAnswer: () => {
          reached = true;
        },
        lead: async (signal) => {
          metrics.leader(true);
          const clock = systemClock;
          const options = { api, config, namespace, clock, pause, log, metrics };
          const more = { ...(key && { key }), ...(materialize && { materialize }) };
          await runTasks({ ...options, ...more }, signal).finally(() => metrics.leader(false));
        },
      },
      signal,
    );
  } finally {
    await health.server.close();
  }
  log.info({}, 'stopped');
  return EXIT_FINE;
}

async function listen(
  { healthListen }: ControllerConfig,
  checks: ReadonlyMap<string, ReadyCheck>,
  metrics: ControllerMetrics,
): Promise<{ readonly server: HealthServer; readonly at: ControllerConfig['healthListen'] }> {
  const server = createHealthServer({ listen: healthListen, checks, metrics });
  try {
    return { server, at: await server.listen() };
  } catch (error) {
    const { code = 'error' } = safeError(error);
    const address = `${printable(healthListen.host)}:${String(healthListen.port)}`;
    throw new LatchkeyError(
      'LK-CONFIG',
      `cannot listen on ${address} (${code})`,
      'Choose another --health-listen.',
    );
  }
}
