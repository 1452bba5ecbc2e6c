import t from 'tap';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { run } from '../../src/commands/serve.ts';
import { createAdmissionClient } from '../support/admission-client.ts';
import { testCertificates, type TestCertificates } from '../support/certificates.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';

const POD = { metadata: { name: 'p' }, spec: { containers: [{ name: 'app' }] } };

/** A stream that hands out its lines one by one. */
function lineStream() {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        lines.push(JSON.parse(line) as Record<string, unknown>);
      }
      stream.emit('line');
      done();
    },
  });
  const line = async (msg: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = lines.find((candidate) => candidate['msg'] === msg);
      if (found !== undefined) {
        return found;
      }
      await once(stream, 'line');
    }
  };
  return { stream, lines, line };
}

interface StartOptions {
  readonly root: string;
  readonly certificates: TestCertificates;
  readonly flags?: readonly string[];
}

async function pairIn(root: string, { serving }: TestCertificates) {
  await writeFile(join(root, 'tls.crt'), serving.cert);
  await writeFile(join(root, 'tls.key'), serving.key);
}

function start({ root, flags = ['--no-kubernetes'] }: Pick<StartOptions, 'root' | 'flags'>) {
  const output = lineStream();
  const controller = new AbortController();
  const files = [`--tls-cert=${join(root, 'tls.crt')}`, `--tls-key=${join(root, 'tls.key')}`];
  const tls = flags.some((flag) => flag.startsWith('--tls-secret')) ? [] : files;
  const args = ['--listen=127.0.0.1:0', '--health-listen=127.0.0.1:0', ...tls, ...flags];
  const done = run({
    args,
    env: {},
    stdin: Readable.from([]),
    stdout: output.stream,
    stderr: output.stream,
    signal: controller.signal,
  });
  return {
    ...output,
    done,
    signal: (name: string) => {
      controller.abort(name);
    },
  };
}

async function serve({ root, certificates, flags }: StartOptions) {
  await pairIn(root, certificates);
  const program = start({ root, ...(flags === undefined ? {} : { flags }) });
  const { listen, health } = (await Promise.race([program.line('listening'), program.done])) as {
    listen: string;
    health: string;
  };
  const get = async (path: string) => {
    const response = await fetch(`${health}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const client = createAdmissionClient({ url: listen, ca: certificates.authority.cert });
  return { ...program, url: listen, client, get };
}

t.test('serves reviews, health and metrics until a signal', async (t) => {
  const program = await serve({ root: t.testdir(), certificates: await testCertificates() });

  t.match(await program.client.review(POD), { allowed: true });
  t.match(await program.get('/readyz'), { status: 200 });
  t.match((await program.get('/metrics')).text, /latchkey_certificate_expiry_timestamp_seconds \d{10}/);
  program.signal('SIGINT');

  t.equal(await program.done, 0);
  t.match(await program.line('stopped'), { level: 'info' });
  program.client.close();
});

t.test('after SIGTERM it is not ready, and still answers for a while', async (t) => {
  const flags = ['--no-kubernetes', '--shutdown-delay=3s'];
  const program = await serve({ root: t.testdir(), certificates: await testCertificates(), flags });

  program.signal('SIGTERM');
  await program.line('shutting down');

  t.match(await program.get('/readyz'), { status: 503, text: 'shutdown: shutting down\n' });
  t.match(await program.get('/healthz'), { status: 200 });
  t.match(await program.client.review(POD), { allowed: true });
  program.client.close();
  t.equal(await program.done, 0);
});

t.test('a new pair of certificate files is taken without a restart', async (t) => {
  const root = t.testdir();
  const program = await serve({ root, certificates: await testCertificates() });
  const next = await testCertificates();

  await pairIn(root, next);
  await program.line('certificate reloaded');

  const later = createAdmissionClient({ url: program.url, ca: next.authority.cert });
  t.match(await later.review(POD), { allowed: true });
  await writeFile(join(root, 'tls.key'), 'no key');
  t.match(await program.line('certificate not reloaded: the old one goes on serving'), {
    level: 'error',
    reason: /tls\.key/,
  });
  t.match(
    (await program.get('/metrics')).text,
    /latchkey_certificate_reloads_total\{outcome="refused"\} [1-9]/,
  );
  t.match(await later.review(POD), { allowed: true });
  later.close();
  program.client.close();
  program.signal('SIGINT');
  await program.done;
});

t.test('a new pair in the Secret that it reads is taken without a restart', async (t) => {
  const kubernetes = await startKubernetesDouble();
  t.teardown(() => kubernetes.close());
  const place = { namespace: 'latchkey', name: 'tls' };
  const store = ({ serving }: TestCertificates): void => {
    const pair = { 'tls.crt': serving.cert, 'tls.key': serving.key };
    const data = Object.entries(pair).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    kubernetes.put('v1', 'Secret', place, { rest: { data: Object.fromEntries(data) } });
  };
  const [first, next] = await Promise.all([testCertificates(), testCertificates()]);
  store(first);
  const kubeconfig = `--kubeconfig=${kubernetes.controllerKubeconfig}`;
  const flags = [kubeconfig, '--default-delivery=memory', '--tls-secret=latchkey/tls'];
  const program = await serve({ root: t.testdir(), certificates: first, flags });

  // It has been served before, so the connection is a new one.
  program.client.close();
  store(next);
  await program.line('certificate reloaded');

  const later = createAdmissionClient({ url: program.url, ca: next.authority.cert });
  t.match(await later.review(POD), { allowed: true });
  later.close();
  program.signal('SIGINT');
  t.equal(await program.done, 0);
});

t.test('it is ready once the API server has answered', async (t) => {
  const kubernetes = await startKubernetesDouble();
  kubernetes.fault('GET /version', { kind: 'answer', status: 503, body: {} });
  const flags = [`--kubeconfig=${kubernetes.kubeconfig}`, '--default-delivery=memory'];
  const program = await serve({ root: t.testdir(), certificates: await testCertificates(), flags });

  t.match(await program.line('the API server cannot be reached yet'), {
    level: 'warn',
    err: { code: 'LK-KUBERNETES' },
  });
  t.match(await program.get('/readyz'), {
    status: 503,
    text: 'kubernetes: not reached yet\ntoken-check: not made yet\n',
  });
  kubernetes.clearFaults();
  await program.line('the API server answers');
  // Its token is none of a service account.
  await program.line('token check skipped');
  t.match(await program.get('/readyz'), { status: 200 });

  program.client.close();
  program.signal('SIGINT');
  await program.done;
  await kubernetes.close();
});

t.test('it is ready only after a token that it must not have was refused', async (t) => {
  const account = { namespace: 'latchkey', name: 'latchkey-serve' };
  const kubernetes = await startKubernetesDouble({ account });
  kubernetes.addServiceAccount(account.namespace, account.name);
  const flags = [`--kubeconfig=${kubernetes.kubeconfig}`, '--default-delivery=memory'];
  const program = await serve({ root: t.testdir(), certificates: await testCertificates(), flags });

  t.match(await program.line('token check failed'), {
    level: 'error',
    err: { code: 'LK-TOKEN-CHECK' },
    remedy: /ValidatingAdmissionPolicy/,
  });
  const waiting = await program.get('/readyz');
  const counted = await program.get('/metrics');
  kubernetes.setAllowedAudiences(['sts.amazonaws.com']);
  await program.line('token check passed');

  t.match(waiting, { status: 503, text: /^token-check: the API server handed out .* \[LK-TOKEN-CHECK\]\n$/ });
  t.match(counted.text, 'latchkey_token_check_passed 0');
  t.match(await program.get('/readyz'), { status: 200 });
  t.match((await program.get('/metrics')).text, 'latchkey_token_check_passed 1');
  t.notMatch(JSON.stringify(program.lines), /eyJ/, 'no token is logged');
  program.client.close();
  program.signal('SIGINT');
  await program.done;
  await kubernetes.close();
});

t.test('what keeps it from starting is one clear error', async (t) => {
  const root = t.testdir({ short: 'x'.repeat(31), broken: 'rules: [', store: 'ssm: {a: {b: [' });
  await pairIn(root, await testCertificates());
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const none = '--no-kubernetes';
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[none, `--key-file=${join(root, 'short')}`], /short holds 31 bytes, fewer than 32/],
    [[none, `--key-file=${join(root, 'missing')}`], /missing cannot be read/],
    [[none, `--policy-file=${join(root, 'broken')}`], /the policy file .*broken/],
    [[none, `--store-file=${join(root, 'store')}`], /the store file .*store/],
    [[none, `--store-file=${join(root, 'missing')}`], /missing cannot be read/],
    [[none, `--tls-key=${join(root, 'short')}`], /--tls-key is given twice/],
    [[none, '--concurrency=0'], /at least 1/],
  ];

  for (const [flags, expected] of cases) {
    const program = start({ root, flags });
    await t.rejects(program.done, { code: 'LK-CONFIG', message: expected });
  }
  const program = start({ root, flags: [none, '--concurrency=1'] });
  await program.line('listening');
  program.signal('SIGINT');
  await program.done;

  const blocked = run({
    args: [
      `--listen=127.0.0.1:${String(port)}`,
      '--health-listen=127.0.0.1:0',
      none,
      `--tls-cert=${join(root, 'tls.crt')}`,
      `--tls-key=${join(root, 'tls.key')}`,
    ],
    env: {},
    stdin: Readable.from([]),
    stdout: lineStream().stream,
    stderr: lineStream().stream,
    signal: new AbortController().signal,
  });
  await t.rejects(blocked, {
    code: 'LK-CONFIG',
    message: `cannot listen on 127.0.0.1:${String(port)} (EADDRINUSE)`,
  });
  taken.close();
});
