import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';

import { createSts } from '../../src/identity/sts.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';

/** A proxy that notes where it was to connect to, and refuses. */
async function startProxy(t: Test): Promise<{ readonly url: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const server: Server = createServer();
  server.on('connect', ({ url = '' }, socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked };
}

async function assumeThrough(proxy: Readonly<Record<string, string>>): Promise<void> {
  const sts = createSts(
    createAwsNetwork({ proxy, attempts: 1, connectTimeoutMs: 200, attemptTimeoutMs: 200 }),
  );
  await sts.withWebIdentity(
    {
      roleArn: 'arn:aws:iam::111122223333:role/app',
      sessionName: 'test',
      token: new SecretValue('token'),
      region: 'eu-central-1',
    },
    AbortSignal.timeout(5000),
  );
}

t.test('calls to AWS go through the proxy', async (t) => {
  const proxy = await startProxy(t);

  await t.rejects(assumeThrough({ HTTPS_PROXY: proxy.url }));

  t.same(proxy.asked, ['sts.eu-central-1.amazonaws.com:443']);
});

t.test('but not those that NO_PROXY names', async (t) => {
  const proxy = await startProxy(t);

  await t.rejects(assumeThrough({ HTTPS_PROXY: proxy.url, NO_PROXY: '.amazonaws.com' }));

  t.same(proxy.asked, []);
});
