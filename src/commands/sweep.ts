import { readKeyFile } from '../config/key-file.ts';
import { readKubernetesEnvironment } from '../config/kubernetes-environment.ts';
import { readSweepConfig, type SweepConfig } from '../config/sweep-config.ts';
import { systemClock } from '../clock.ts';
import { storedKey } from '../controller/installation-key.ts';
import { pause } from '../controller/pause.ts';
import { sweepOut, type SweptOut } from '../controller/sweep-out.ts';
import type { ControllerApi, SecretHead } from '../kubernetes/controller-api.ts';
import { createControllerApi } from '../kubernetes/create-controller-api.ts';
import { ownNamespace } from '../kubernetes/own-namespace.ts';
import { printable } from '../quote.ts';
import type { SecretValue } from '../secret-value.ts';
import { createControllerMetrics } from '../telemetry/controller-metrics.ts';
import { createLog } from '../telemetry/log.ts';
import { EXIT_FINDINGS, EXIT_FINE, type CommandContext } from './command.ts';

const MAX_LISTED = 50;
const LABEL = 'app.kubernetes.io/managed-by=latchkey';

/**
 * `latchkey sweep`: removes the managed Secrets that no pod needs, once, and says which stay. What `helm uninstall` runs first.
 * @throws UsageError, LatchkeyError LK-KUBERNETES, LK-CONFIG
 */
export async function run({ args, env, stdout, stderr, signal }: CommandContext): Promise<number> {
  const config = readSweepConfig(args, env);
  const api = createControllerApi({
    environment: readKubernetesEnvironment(env),
    ...(config.kubeconfig === undefined ? {} : { kubeconfig: config.kubeconfig }),
  });
  const namespace = config.namespace ?? (await ownNamespace());
  const key = await keyOf({ ...config, namespace }, api, signal);
  if (key === undefined) {
    stdout.write('latchkey: there is no installation key, so no managed Secret was ever made\n');
    return EXIT_FINE;
  }
  const swept = await sweepOut(
    {
      api,
      namespaces: config.namespaces,
      // Nothing is delivered in our own.
      excluded: [...config.excluded, namespace],
      clock: systemClock,
      pause,
      cacheTtlMs: config.cacheTtlMs,
      log: createLog('warn', stderr),
      metrics: createControllerMetrics({ processMetrics: false }),
    },
    key.reveal(),
    signal,
  );
  stdout.write(summary(swept));
  return swept.left.length === 0 ? EXIT_FINE : EXIT_FINDINGS;
}

async function keyOf(
  { keyFile, keySecret: name, namespace }: SweepConfig & { readonly namespace: string },
  api: ControllerApi,
  signal: AbortSignal,
): Promise<SecretValue | undefined> {
  if (keyFile !== undefined) return await readKeyFile(keyFile);
  return await storedKey(api, { namespace, name }, signal);
}

function summary({ needed, left }: SweptOut): string {
  const stay =
    needed.length === 0
      ? ['latchkey: no managed Secret stays']
      : [
          `latchkey: ${counted(needed)} in use by pods, and ${needed.length === 1 ? 'stays' : 'stay'}. Each goes with its owner;`,
          `for those of pods without a controller: kubectl get secrets -A -l ${LABEL}`,
          ...listed(needed),
        ];
  const rest =
    left.length === 0
      ? []
      : [`latchkey: ${counted(left)} not in use, but could not be removed`, ...listed(left)];
  return [...stay, ...rest, ''].join('\n');
}

function counted(heads: readonly SecretHead[]): string {
  return heads.length === 1 ? '1 managed Secret is' : `${String(heads.length)} managed Secrets are`;
}

function listed(heads: readonly SecretHead[]): readonly string[] {
  const places = heads
    .map(({ namespace, name }) => `  ${printable(namespace)}/${printable(name)}`)
    .toSorted();
  const more = places.length - MAX_LISTED;
  return more > 0 ? [...places.slice(0, MAX_LISTED), `  and ${String(more)} more`] : places;
}
