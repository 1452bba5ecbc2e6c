// Certificates that are renewed all the time, under a constant stream of calls: by the real API server, which keeps its
// connections, and by a caller that connects anew for each and trusts what the registration says at that moment.

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import t from 'tap';

import { podReview } from '../../../support/admission-client.ts';
import { certificatesOf, hasSigned } from '../../../../src/tls/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { startInstallation } from '../../support/installation.ts';
import { containerOf, podOf } from '../../support/objects.ts';
import { ADMISSION } from '../../support/release.ts';
import { SERVICE_PORT } from '../../support/service.ts';
import { followTrust, successors } from '../../support/trust.ts';

const ROTATIONS = 3;
const LIMIT_MS = 270_000;
const STREAMS = 2;
/** Between two pods. */
const PAUSE_MS = 100;
/** Between two calls of who connects anew. */
const SHORT_PAUSE_MS = 20;

// The shortest lives that the controller takes for this propagation. Two replicas mount the certificate, one of them 200 ms
// late, as does the caller that connects anew; a third reads the Secret itself, every 2 s.
const builtin = { caLifetime: '72s', lifetime: '24s', propagation: '600ms' };
const installation = await startInstallation({
  replicas: 3,
  controller: true,
  lastReadsSecret: true,
  values: { tls: { builtin } },
});
t.teardown(() => installation.close());
const { api, release, replicas, service } = installation;
const trust = await followTrust(api, `${ADMISSION}/mutatingwebhookconfigurations`, release.name);
t.teardown(() => trust.close());
const namespace = await installation.namespace();
const ASKS = { 'latchkey.dev/delivery': 'memory', 'latchkey.dev/file.a': 'ssm:/shop/a' };

const over = new AbortController();
const failures: string[] = [];

/** One call after the other, until it is over. @returns how many there were */
async function stream(call: (index: number) => Promise<void>, pauseMs = PAUSE_MS): Promise<number> {
  let calls = 0;
  for (; !over.signal.aborted; calls += 1) {
    await call(calls).catch((error: unknown) => void failures.push(String(error)));
    await sleep(pauseMs);
  }
  return calls;
}

async function createPod(name: string): Promise<void> {
  const pod = podOf({ name, annotations: ASKS, serviceAccount: 'default' });
  const created = await api.create(`${namespace.core}/pods`, pod);
  if (containerOf(created, 'latchkey-fetch') === undefined) throw new Error(`${name} has no init container`);
}

/** Authorities that signed what was served to a new connection. */
const served = new Set<string>();

async function callAnew(): Promise<void> {
  const ca = trust.bundle();
  const call = request({
    ...{ host: service?.host, port: SERVICE_PORT, servername: `${release.name}.${release.name}.svc`, ca },
    ...{ method: 'POST', path: '/mutate/pods?timeout=10s', agent: false },
    headers: { 'content-type': 'application/json' },
  });
  const pod = podOf({ name: 'anew', annotations: ASKS, serviceAccount: 'default' });
  call.end(JSON.stringify(podReview(pod, { namespace: namespace.name, dryRun: true })));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const { response } = (await json(answer)) as { response: { allowed: boolean } };
  if (!response.allowed) throw new Error('refused');
  const x509 = answer.socket instanceof TLSSocket ? answer.socket.getPeerX509Certificate() : undefined;
  const [leaf] = certificatesOf(x509?.toString() ?? '') ?? [];
  const signer = certificatesOf(ca)?.find((authority) => leaf !== undefined && hasSigned(authority, leaf));
  if (signer !== undefined) served.add(signer.fingerprint);
}

t.test(`authority and certificate are renewed ${String(ROTATIONS)} times, and no call fails`, async (t) => {
  const kept = Array.from({ length: STREAMS }, (_, which) =>
    stream((index) => createPod(`pod-${String(which)}-${String(index)}`)),
  );
  const anew = stream(callAnew, SHORT_PAUSE_MS);

  await eventually(
    () => failures.length > 0 || successors(trust.history).length >= ROTATIONS,
    `${String(ROTATIONS)} rotations`,
    LIMIT_MS,
  );
  over.abort();
  const calls = await Promise.all([...kept, anew]);

  t.strictSame(failures, []);
  const renewed = successors(trust.history);
  t.equal(renewed.length >= ROTATIONS, true, `${String(renewed.length)} rotations`);
  t.ok(
    renewed.every((authority) => served.has(authority)),
    'what each authority signed was served',
  );
  t.ok(
    calls.every((count) => count > 0),
    `${calls.join(' and ')} calls`,
  );
  for (const { webhook } of replicas) {
    const reloads = webhook.output().split('"msg":"certificate reloaded"').length - 1;
    t.ok(reloads >= ROTATIONS, `a replica followed ${String(reloads)} times without a restart`);
  }
});
