import { cutToBytes } from '../quote.ts';
import { apiPath, checkNamespace } from './api-path.ts';
import type { NewEvent } from './kubernetes.ts';
import { refusal } from './refusal.ts';
import type { Transport } from './transport.ts';

// Bytes. `kubectl describe` and most tools cut longer ones; events.k8s.io/v1 refuses them.
const MAX_MESSAGE = 1024;

/** {@link Kubernetes.createEvent}: never repeated, as a second one would be a second Event. */
export async function createEvent(
  send: Transport,
  { event, at }: { event: NewEvent; at: Date },
  signal?: AbortSignal,
): Promise<void> {
  checkNamespace(event.namespace);
  const path = apiPath(['api', 'v1', 'namespaces', event.namespace, 'events']);
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: 'latchkey-', namespace: event.namespace },
    involvedObject: { ...event.regarding, namespace: event.namespace },
    type: event.type,
    reason: event.reason,
    message: cutToBytes(event.message, MAX_MESSAGE),
    source: { component: 'latchkey' },
    firstTimestamp: at.toISOString(),
    lastTimestamp: at.toISOString(),
    count: 1,
  };

  const answer = await send({ method: 'POST', path, body, repeatable: false, signal });

  if (answer.status !== 201)
    throw refusal(answer, { verb: 'create', resource: 'events', namespace: event.namespace });
}
