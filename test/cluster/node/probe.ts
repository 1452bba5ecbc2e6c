// Asks a container's probes, with the kubelet's thresholds.

import { get } from 'node:http';
import { get as getTls } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Json } from '../support/api.ts';

export interface ProbeOptions {
  /** `readinessProbe` and the like. */
  readonly probe: Json;
  readonly container: Json;
  /** Where the container listens. */
  readonly address: string;
  /** What is taken for granted before the first answers: a container is alive, and is not ready. */
  readonly initially: boolean;
  /** The probe has come to another conclusion than before. */
  readonly concluded: (success: boolean) => void;
}

/** Probes until the signal aborts. */
export async function keepProbing(options: ProbeOptions, signal: AbortSignal): Promise<void> {
  const {
    initialDelaySeconds = 0,
    periodSeconds = 10,
    successThreshold = 1,
    failureThreshold = 3,
  } = options.probe;
  let conclusion = options.initially;
  let [successes, failures] = [0, 0];
  await pause(initialDelaySeconds, signal);
  while (!signal.aborted) {
    const success = await ask(options);
    if (signal.aborted) return;
    successes = success ? successes + 1 : 0;
    failures = success ? 0 : failures + 1;
    const isNew = success
      ? !conclusion && successes >= successThreshold
      : conclusion && failures >= failureThreshold;
    // A failure that lasts is told again and again: a container is restarted each time.
    if (isNew || failures >= failureThreshold) {
      conclusion = success;
      if (!success) failures = 0;
      options.concluded(success);
    }
    await pause(periodSeconds, signal);
  }
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
}

async function ask({ probe, container, address }: ProbeOptions): Promise<boolean> {
  const { httpGet, tcpSocket, timeoutSeconds = 1 } = probe;
  const timeout = timeoutSeconds * 1000;
  if (httpGet !== undefined) return await answers(httpGet, { container, address, timeout });
  if (tcpSocket === undefined) throw new Error('the stand-in node asks httpGet and tcpSocket probes only');
  const socket = connect({ host: address, port: portOf(tcpSocket.port, container), timeout });
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.once('connect', () => resolve(true));
  for (const event of ['error', 'timeout', 'close']) socket.once(event, () => resolve(false));
  return await promise.finally(() => socket.destroy());
}

async function answers(
  { path = '/', port, scheme = 'HTTP' }: Json,
  {
    container,
    address,
    timeout,
  }: { readonly container: Json; readonly address: string; readonly timeout: number },
): Promise<boolean> {
  const url = `${scheme.toLowerCase()}://${address}:${String(portOf(port, container))}${path}`;
  const options = { timeout, agent: false, rejectUnauthorized: false };
  return await new Promise((resolve) => {
    const call = (scheme === 'HTTPS' ? getTls : get)(url, options, (response) => {
      const { statusCode = 0 } = response;
      response.resume();
      resolve(statusCode >= 200 && statusCode < 400);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
  });
}

/** A number, or the name of one of the container's ports. */
export function portOf(port: number | string, container: Json): number {
  if (typeof port === 'number') return port;
  const named = (container.ports ?? []).find(({ name }: Json) => name === port);
  if (named === undefined) throw new Error(`container ${container.name} has no port ${port}`);
  return named.containerPort;
}
