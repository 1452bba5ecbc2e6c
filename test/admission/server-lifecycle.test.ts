import t from 'tap';
import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';
import { connect } from 'node:tls';
import type { Decision } from '../../src/admission/respond.ts';
import { createAdmissionClient, podReview } from '../support/admission-client.ts';
import { clientCertificate, testCertificates, tlsMaterial } from '../support/certificates.ts';
import { startWebhook } from '../support/webhook.ts';

const ALLOW: Decision = { kind: 'allow', reason: 'asks for nothing', warnings: [] };
const POD = { spec: {} };

/** A reviewer that holds every review until the test lets it go. */
function holding() {
  const { promise, resolve } = Promise.withResolvers<Decision>();
  const waiting = new Map<number, () => void>();
  let entered = 0;
  return {
    release: () => {
      resolve(ALLOW);
    },
    /** Resolves when `count` reviews have begun. */
    entered: (count: number) =>
      new Promise<void>((begun) => {
        if (entered >= count) {
          begun();
        }
        waiting.set(count, begun);
      }),
    reviewPod: () => {
      entered += 1;
      waiting.get(entered)?.();
      return promise;
    },
  };
}

function post(
  url: string,
  options: RequestOptions,
): Promise<{ status: number | undefined; connection: unknown }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/mutate/pods`, { method: 'POST', ...options }, (incoming) => {
      incoming.resume();
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode, connection: incoming.headers.connection });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(podReview(POD)));
  });
}

t.test('TLS 1.2 is spoken, TLS 1.1 is not', async (t) => {
  const { url, certificates, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const ca = certificates.authority.cert;
  const handshake = (version: 'TLSv1.1' | 'TLSv1.2') =>
    new Promise((resolve) => {
      const { port } = new URL(url);
      const options = {
        port: Number(port),
        host: '127.0.0.1',
        ca,
        minVersion: version,
        maxVersion: version,
        ciphers: 'DEFAULT@SECLEVEL=0',
      };
      const socket = connect(options, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on('error', () => {
        resolve('refused');
      });
    });

  t.equal(await handshake('TLSv1.2'), 'TLSv1.2');
  t.equal(await handshake('TLSv1.1'), 'refused');
  await stop();
});

t.test('a new certificate serves new connections', async (t) => {
  const { url, server, client, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const next = await testCertificates();

  t.match(await client.review(POD), { allowed: true });
  server.replaceTls(tlsMaterial(next.serving));

  const later = createAdmissionClient({ url, ca: next.authority.cert });
  t.match(await later.review(POD), { allowed: true });
  t.match(await client.review(POD), { allowed: true }, 'an open connection lives on');
  later.close();
  await stop();
});

t.test('a pair that the TLS library refuses leaves the old one serving', async (t) => {
  const { server, client, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const [one, other] = await Promise.all([testCertificates(), testCertificates()]);

  t.throws(() => {
    server.replaceTls(tlsMaterial({ cert: one.serving.cert, key: other.serving.key }));
  });
  t.match(await client.review(POD), { allowed: true });
  await stop();
});

t.test('with --caller-auth=client-cert only callers of the client CA get in', async (t) => {
  const callers = await testCertificates();
  const webhook = await startWebhook({
    reviewPod: async () => ALLOW,
    config: { callerAuth: 'client-cert' },
    clientCa: callers.authority.cert,
  });
  const ca = webhook.certificates.authority.cert;
  const known = await clientCertificate(callers.authority, 'kube-apiserver');
  const stranger = await clientCertificate(webhook.certificates.authority, 'kube-apiserver');

  t.match(await post(webhook.url, { ca, ...known, agent: false }), { status: 200 });
  await t.rejects(post(webhook.url, { ca, ...stranger, agent: false }), 'another CA');
  await t.rejects(post(webhook.url, { ca, agent: false }), 'no certificate');

  const next = await testCertificates();
  webhook.server.replaceTls(tlsMaterial(next.serving, callers.authority.cert));
  await t.rejects(
    post(webhook.url, { ca: next.authority.cert, agent: false }),
    'no certificate, after a reload',
  );
  t.match(await post(webhook.url, { ca: next.authority.cert, ...known, agent: false }), { status: 200 });
  await webhook.stop();
});

t.test('connections are kept for longer than the API server keeps them', async (t) => {
  const { url, certificates, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const agent = new Agent({ keepAlive: true });

  const header = await new Promise((resolve, reject) => {
    const outgoing = request(`${url}/`, { agent, ca: certificates.authority.cert }, (incoming) => {
      incoming.resume();
      resolve(incoming.headers['keep-alive']);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });

  t.equal(header, 'timeout=120');
  agent.destroy();
  await stop();
});

t.test('draining: new reviews are still answered, and sent elsewhere from then on', async (t) => {
  const { url, server, certificates, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const agent = new Agent({ keepAlive: true });
  const options = { ca: certificates.authority.cert, agent };

  t.match(await post(url, options), { status: 200, connection: 'keep-alive' });
  server.drain();
  t.match(await post(url, options), { status: 200, connection: 'close' });
  agent.destroy();
  await stop();
});

t.test('closing finishes the running review and takes no new connection', async (t) => {
  const held = holding();
  const { url, server, certificates, client } = await startWebhook({ reviewPod: held.reviewPod });
  const options = { ca: certificates.authority.cert, agent: false } as const;

  const running = post(url, options);
  await held.entered(1);
  const closed = server.close(60_000);
  await t.rejects(post(url, options), { code: 'ECONNREFUSED' });
  held.release();

  t.match(await running, { status: 200, connection: 'close' });
  await closed;
  client.close();
});

t.test('closing cuts what is not finished within the grace period', async (t) => {
  const held = holding();
  const { url, server, certificates, client } = await startWebhook({ reviewPod: held.reviewPod });

  const running = post(url, { ca: certificates.authority.cert, agent: false });
  await held.entered(1);
  const [outcome] = await Promise.allSettled([running, server.close(0)]);

  t.equal(outcome.status, 'rejected');
  held.release();
  client.close();
});

t.test('one namespace cannot take every place, and what finds none answers 503', async (t) => {
  const held = holding();
  const { client, metrics, stop } = await startWebhook({
    reviewPod: held.reviewPod,
    config: { concurrency: 3, namespaceConcurrency: 2 },
  });
  const post = (namespace: string) => client.post(JSON.stringify(podReview(POD, { namespace })));

  const first = [post('a'), post('a')];
  await held.entered(2);
  const surplus = await post('a');
  const other = post('b');
  await held.entered(3);
  t.match((await metrics.scrape()).text, 'latchkey_reviews_in_flight 3');
  const full = await post('c');
  held.release();

  t.equal(surplus.status, 503);
  t.match(JSON.parse(surplus.text), { code: 'LK-OVERLOADED' });
  t.equal(full.status, 503);
  t.same(
    (await Promise.all([...first, other])).map(({ status }) => status),
    [200, 200, 200],
  );
  t.equal((await post('a')).status, 200, 'and places are given back');
  await stop();
});

t.test('requests beyond what could be worked on are refused before their body is read', async (t) => {
  const { url, certificates, stop } = await startWebhook({
    reviewPod: async () => ALLOW,
    config: { concurrency: 1 },
  });
  const agent = new Agent({ maxSockets: 200 });
  const headers = { 'content-type': 'application/json', 'content-length': 100 };
  const statuses: (number | undefined)[] = [];

  const enough = new Promise<void>((resolve) => {
    for (let index = 0; index < 70; index++) {
      const options = { method: 'POST', agent, headers, ca: certificates.authority.cert };
      const outgoing = request(`${url}/mutate/pods`, options, (incoming) => {
        statuses.push(incoming.statusCode);
        incoming.resume();
        if (statuses.length === 4) {
          resolve();
        }
      });
      outgoing.on('error', () => {});
      outgoing.flushHeaders();
    }
  });
  await enough;

  t.same(statuses, [503, 503, 503, 503], '66 wait for their bodies, the rest are sent away');
  agent.destroy();
  await stop();
});

t.test('bodies that are too large together are refused before they are read', async (t) => {
  const { url, client, certificates, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const agent = new Agent({ maxSockets: 200 });
  const statuses: (number | undefined)[] = [];
  const announce = (headers: OutgoingHttpHeaders, enough: number) =>
    new Promise<void>((resolve) => {
      for (let index = 0; index < 10; index++) {
        const options = { method: 'POST', agent, headers, ca: certificates.authority.cert };
        const outgoing = request(`${url}/mutate/pods`, options, (incoming) => {
          statuses.push(incoming.statusCode);
          incoming.resume();
          if (statuses.length === enough) resolve();
        });
        outgoing.on('error', () => {});
        outgoing.flushHeaders();
      }
    });

  await announce({ 'content-length': 8_000_000 }, 2);
  await announce({ 'transfer-encoding': 'chunked' }, 12);
  const small = await client.post(JSON.stringify(podReview(POD)));

  t.same(
    statuses,
    Array.from({ length: 12 }, () => 503),
    '8 of 8 MB wait for their bodies',
  );
  t.equal(small.status, 200, 'and reviews of the usual size are answered all the same');
  agent.destroy();
  await stop();
});
