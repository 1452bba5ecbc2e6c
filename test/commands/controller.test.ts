import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable, Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { run } from '../../src/commands/controller.ts';
import { eventually } from '../support/eventually.ts';
import { startKubernetesDouble, type KubernetesDouble } from '../support/kubernetes-double.ts';

function collect() {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}

function start(t: Test, flags: readonly string[]) {
  const output = collect();
  const stop = new AbortController();
  const done = run({
    args: ['--health-listen=127.0.0.1:0', '--namespace=latchkey', ...flags],
    env: {},
    stdin: Readable.from([]),
    stdout: output.stream,
    stderr: output.stream,
    signal: stop.signal,
  });
  t.teardown(async () => {
    stop.abort('SIGTERM');
    await done.catch(() => {});
  });
  return { ...output, done, stop: () => stop.abort('SIGTERM') };
}

async function install(t: Test): Promise<KubernetesDouble> {
  const double = await startKubernetesDouble();
  t.teardown(() => double.close());
  double.addNamespace('latchkey');
  for (const name of ['latchkey-ca', 'latchkey-tls', 'latchkey-key']) {
    double.put('v1', 'Secret', { namespace: 'latchkey', name }, { rest: { type: 'Opaque' } });
  }
  const webhooks = [
    { name: 'pods.latchkey.dev', clientConfig: { service: { name: 'latchkey', namespace: 'latchkey' } } },
  ];
  const apiVersion = 'admissionregistration.k8s.io/v1';
  double.put(apiVersion, 'MutatingWebhookConfiguration', { name: 'latchkey' }, { rest: { webhooks } });
  return double;
}

function dataOf(double: KubernetesDouble, name: string): Readonly<Record<string, string>> {
  return (double.get('Secret', 'latchkey', name)?.['data'] ?? {}) as Record<string, string>;
}

function bundleOf(double: KubernetesDouble): string {
  const object = double.get('MutatingWebhookConfiguration', undefined, 'latchkey');
  const [webhook] = (object?.['webhooks'] ?? []) as { clientConfig: { caBundle?: string } }[];
  return Buffer.from(webhook?.clientConfig.caBundle ?? '', 'base64').toString();
}

t.test('one of two replicas installs the certificates, and what serve mounts then is trusted', async (t) => {
  const double = await install(t);
  const flags = [`--kubeconfig=${double.controllerKubeconfig}`];
  const replicas = [start(t, flags), start(t, flags)];

  await eventually(
    () =>
      dataOf(double, 'latchkey-tls')['tls.crt'] !== undefined &&
      dataOf(double, 'latchkey-key')['key'] !== undefined,
    'certificates',
  );

  const { 'tls.crt': cert = '', 'tls.key': key = '' } = dataOf(double, 'latchkey-tls');
  const server = createServer(
    { cert: Buffer.from(cert, 'base64'), key: Buffer.from(key, 'base64') },
    (_, response) => response.end('served'),
  );
  t.teardown(() => server.close());
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const call = request({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    servername: 'latchkey.latchkey.svc',
    ca: bundleOf(double),
    agent: false,
  });
  call.end();
  const [response] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  t.equal(response.statusCode, 200);

  t.equal(replicas.filter(({ text }) => text().includes('"msg":"leading"')).length, 1);
  const everything = replicas.map(({ text }) => text()).join('');
  for (const data of [dataOf(double, 'latchkey-ca'), dataOf(double, 'latchkey-tls')]) {
    const [secretPart = ''] = Object.entries(data).flatMap(([name, value]) =>
      name.endsWith('key') ? [value] : [],
    );
    t.notMatch(everything, Buffer.from(secretPart, 'base64').toString().split('\n')[1] ?? 'none');
  }
});

t.test('health, metrics, and a stop that frees the Lease for the next', async (t) => {
  const double = await install(t);
  const replica = start(t, [`--kubeconfig=${double.controllerKubeconfig}`]);
  await eventually(() => dataOf(double, 'latchkey-tls')['tls.crt'] !== undefined, 'certificates');
  const health = /"health":"([^"]+)"/.exec(replica.text())?.[1] ?? '';

  t.equal((await fetch(`${health}/healthz`)).status, 200);
  t.equal((await fetch(`${health}/readyz`)).status, 200);
  const metrics = await (await fetch(`${health}/metrics`)).text();
  t.match(metrics, 'latchkey_controller_leader 1');
  t.match(metrics, 'latchkey_controller_certificate_expiry_timestamp_seconds{certificate="authority"}');

  replica.stop();
  t.equal(await replica.done, 0);
  const { spec } = double.get('Lease', 'latchkey', 'latchkey-controller') as unknown as {
    spec: { holderIdentity: string };
  };
  t.equal(spec.holderIdentity, '');
});

t.test('with certificates and sweeping left to others it keeps the key alone', async (t) => {
  const double = await install(t);
  start(t, [`--kubeconfig=${double.controllerKubeconfig}`, '--tls-mode=external', '--sweep-after=0s']);

  await eventually(() => dataOf(double, 'latchkey-key')['key'] !== undefined, 'the key');

  t.same(dataOf(double, 'latchkey-ca'), {});
  t.equal(double.calls(/pods|webhookconfigurations/), 0);
});

t.test('it is not ready, and goes on trying, while the API server is away', async (t) => {
  const double = await install(t);
  double.fault('/leases', { kind: 'reset' });
  const replica = start(t, [`--kubeconfig=${double.controllerKubeconfig}`]);
  await eventually(() => replica.text().includes('no answer about the Lease'), 'told');
  const health = /"health":"([^"]+)"/.exec(replica.text())?.[1] ?? '';

  const response = await fetch(`${health}/readyz`);
  t.equal(response.status, 503);
  t.equal(await response.text(), 'kubernetes: not reached yet\n');

  double.clearFaults();
  await eventually(async () => (await fetch(`${health}/readyz`)).status === 200, 'ready');
});

t.test('what is wrong at start is told at once', async (t) => {
  const context = { env: {}, stdin: Readable.from([]), stdout: collect().stream, stderr: collect().stream };
  const signal = new AbortController().signal;

  await t.rejects(run({ ...context, signal, args: ['--tls-mode=none'] }), { code: 'LK-CONFIG' });
  await t.rejects(run({ ...context, signal, args: ['--kubeconfig=x'] }), {
    code: 'LK-CONFIG',
    message: /^no namespace/,
  });
  await t.rejects(run({ ...context, signal, args: ['-n', 'latchkey', `--key-file=/${randomUUID()}`] }), {
    code: 'LK-CONFIG',
  });
});

t.test('a policy that cannot be read ends the start of what makes Secrets without pods', async (t) => {
  const double = await install(t);
  const flags = ['--materialize', `--policy-file=/${randomUUID()}`];

  const { done } = start(t, [`--kubeconfig=${double.controllerKubeconfig}`, ...flags]);

  await t.rejects(done, { code: 'LK-CONFIG', message: /the policy file/ });
});
