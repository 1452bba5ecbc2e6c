import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';
import { createReadingMetrics } from './reading-metrics.ts';

/** What the controller does beside the election: each is a loop of its own. */
export type Task = 'key' | 'certificates' | 'sealing-keys' | 'sweep' | 'materialize';

/** What is counted. Label values come from fixed sets. */
export interface ControllerMetrics {
  leader(isLeader: boolean): void;
  /** A round of a task ended, well or not. */
  round(task: Task, outcome: 'ok' | 'failed', wallMs: number): void;
  certificateStep(step: string, outcome: 'done' | 'conflict'): void;
  /** Undefined: there is none. */
  certificateExpiry(of: 'authority' | 'serving', notAfterMs: number | undefined): void;
  /** Managed Secrets that no pod refers to, at the last round. */
  unreferenced(count: number): void;
  swept(outcome: 'deleted' | 'changed' | 'needed' | 'restored' | 'lost'): void;
  /** A definition was carried out without a pod, or not. */
  materialized(
    outcome: 'made' | 'updated' | 'unchanged' | 'left-alone' | 'stale' | 'not-written' | 'failed',
  ): void;
  /** Definitions whose Secrets are to be kept without pods. */
  toMaterialize(count: number): void;
  /** Those of them that failed when they were last tried. */
  notMaterialized(count: number): void;
  awsCall: Metrics['awsCall'];
  resolution: Metrics['resolution'];
  sealingKeys: Metrics['sealingKeys'];
  sealedTry: Metrics['sealedTry'];
  scrape(): Promise<{ readonly type: string; readonly text: string }>;
}

/** Metrics in a registry of their own. `processMetrics` adds Node's. */
export function createControllerMetrics(options: { readonly processMetrics: boolean }): ControllerMetrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const leader = new Gauge({
    name: 'latchkey_controller_leader',
    help: 'Whether this process is the leader',
    registers,
  });
  const rounds = new Counter({
    name: 'latchkey_controller_rounds_total',
    help: 'Rounds of each task by outcome',
    labelNames: ['task', 'outcome'],
    registers,
  });
  const lastSuccess = new Gauge({
    name: 'latchkey_controller_last_success_timestamp_seconds',
    help: 'When a round of the task last ended well',
    labelNames: ['task'],
    registers,
  });
  const steps = new Counter({
    name: 'latchkey_controller_certificate_steps_total',
    help: 'Steps of certificate renewal by outcome',
    labelNames: ['step', 'outcome'],
    registers,
  });
  const expiry = new Gauge({
    name: 'latchkey_controller_certificate_expiry_timestamp_seconds',
    help: 'When the authority and the serving certificate expire',
    labelNames: ['certificate'],
    registers,
  });
  const unreferenced = new Gauge({
    name: 'latchkey_controller_unreferenced_secrets',
    help: 'Managed Secrets that no pod refers to',
    registers,
  });
  const swept = new Counter({
    name: 'latchkey_controller_swept_secrets_total',
    help: 'Managed Secrets that were to be deleted, by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  const materialized = new Counter({
    name: 'latchkey_controller_materialized_secrets_total',
    help: 'Definitions carried out without a pod, by what was done',
    labelNames: ['outcome'],
    registers,
  });
  const toMaterialize = new Gauge({
    name: 'latchkey_controller_definitions_to_materialize',
    help: 'Definitions whose Secrets are kept without pods',
    registers,
  });
  const notMaterialized = new Gauge({
    name: 'latchkey_controller_definitions_not_materialized',
    help: 'Those of them that could not be carried out when they were last tried',
    registers,
  });

  leader.set(0);
  return {
    ...createReadingMetrics(registry),
    leader(isLeader) {
      leader.set(isLeader ? 1 : 0);
      if (isLeader) return;
      // What an earlier leader saw last is not how things are.
      expiry.reset();
      unreferenced.set(0);
      toMaterialize.set(0);
      notMaterialized.set(0);
    },
    round(task, outcome, wallMs) {
      rounds.inc({ task, outcome });
      if (outcome === 'ok') lastSuccess.set({ task }, wallMs / 1000);
    },
    certificateStep(step, outcome) {
      steps.inc({ step, outcome });
    },
    certificateExpiry(certificate, notAfterMs) {
      if (notAfterMs === undefined) expiry.remove({ certificate });
      else expiry.set({ certificate }, notAfterMs / 1000);
    },
    unreferenced(count) {
      unreferenced.set(count);
    },
    swept(outcome) {
      swept.inc({ outcome });
    },
    materialized(outcome) {
      materialized.inc({ outcome });
    },
    toMaterialize(count) {
      toMaterialize.set(count);
    },
    notMaterialized(count) {
      notMaterialized.set(count);
    },
    async scrape() {
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}
