import { Counter, Gauge, type Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

const LABEL = /^[A-Za-z][A-Za-z0-9-]{0,40}$/;

/** What is counted of reading, from AWS and what is sealed, by whoever reads. */
export function createReadingMetrics(
  registry: Registry,
): Pick<Metrics, 'awsCall' | 'resolution' | 'sealingKeys' | 'sealedTry'> {
  const registers = [registry];
  const awsCalls = new Counter({
    name: 'latchkey_aws_calls_total',
    help: 'Calls to AWS by service, action and outcome',
    labelNames: ['service', 'action', 'outcome'],
    registers,
  });
  const resolutions = new Counter({
    name: 'latchkey_resolutions_total',
    help: 'References resolved from memory (hit), from a call under way (joined) or by a call (miss), and calls that an open circuit breaker refused',
    labelNames: ['outcome'],
    registers,
  });
  const sealedTries = new Counter({
    name: 'latchkey_sealed_tries_total',
    help: 'Sealed values tried with a key, by whether it opened them',
    labelNames: ['outcome'],
    registers,
  });
  let sealing: { readonly keys: Gauge; readonly newest: Gauge } | undefined;

  return {
    awsCall({ service, action, outcome }) {
      awsCalls.inc({ service: label(service), action: label(action), outcome: label(outcome) });
    },
    resolution(outcome) {
      resolutions.inc({ outcome });
    },
    sealedTry(outcome) {
      sealedTries.inc({ outcome });
    },
    sealingKeys({ keys, newestMs }) {
      sealing ??= {
        keys: new Gauge({ name: 'latchkey_sealing_keys', help: 'Sealing keys in use', registers }),
        newest: new Gauge({
          name: 'latchkey_sealing_key_newest_timestamp_seconds',
          help: 'When the newest sealing key was made; 0 where there is none',
          registers,
        }),
      };
      sealing.keys.set(keys);
      sealing.newest.set((newestMs ?? 0) / 1000);
    },
  };
}

function label(text: string): string {
  return LABEL.test(text) ? text : 'other';
}
