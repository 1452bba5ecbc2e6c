import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import { inClusterConnection } from '../../src/kubernetes/in-cluster.ts';
import { readKubeconfig } from '../../src/kubernetes/kubeconfig.ts';
import { createTransport } from '../../src/kubernetes/transport.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';

const CANARY = 'canary-c0ffee';

const double = await startKubernetesDouble();
t.teardown(() => double.close());
double.addNamespace('shop');

function kubeconfig(user: object, cluster: object = {}): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: double.url, 'certificate-authority': 'ca.crt', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

t.test('file names in a kubeconfig are relative to it, and token files are read again', async (t) => {
  const directory = t.testdir({
    config: kubeconfig({ tokenFile: 'token' }),
    'ca.crt': double.ca,
    token: 'old\n',
  });
  const kubernetes = createKubernetes({ kubeconfig: join(directory, 'config') });
  await t.rejects(kubernetes.namespace('shop'), { message: /credentials \(401\)/ });

  await writeFile(join(directory, 'token'), `${double.token}\n`);

  t.match(await kubernetes.namespace('shop'), { name: 'shop' }, 'a 401 makes it read the file at once');
});

t.test('an exec plugin gives the token, and is asked again after a 401', async (t) => {
  const directory = t.testdir({
    'ca.crt': double.ca,
    token: 'old',
    'plugin.mjs': `import { readFileSync } from 'node:fs';
      process.stdout.write(JSON.stringify({ status: { token: readFileSync(process.argv[2], 'utf8') } }));`,
  });
  const exec = { command: process.execPath, args: [join(directory, 'plugin.mjs'), join(directory, 'token')] };
  await writeFile(join(directory, 'config'), kubeconfig({ exec }));
  const kubernetes = createKubernetes({ kubeconfig: join(directory, 'config') });
  await t.rejects(kubernetes.namespace('shop'), { message: /credentials \(401\)/ });

  await writeFile(join(directory, 'token'), double.token);

  t.match(await kubernetes.namespace('shop'), { name: 'shop' });
});

t.test('an exec plugin that fails is named, and what it wrote is not', async (t) => {
  const exec = { command: process.execPath, args: ['-e', `console.error('${CANARY}'); process.exit(1)`] };
  const directory = t.testdir({ config: kubeconfig({ exec }), 'ca.crt': double.ca });

  const failure = createKubernetes({ kubeconfig: join(directory, 'config') }).namespace('shop');

  await t.rejects(failure, { code: 'LK-KUBERNETES', message: /exec plugin ".*node" failed/ });
  await failure.catch((error: Error) => t.notMatch(`${error.message}${error.stack}`, CANARY));
});

t.test('an exec plugin that hangs is not waited for', async (t) => {
  const exec = { command: process.execPath, args: ['-e', 'setTimeout(() => {}, 2000)'] };
  const directory = t.testdir({ config: kubeconfig({ exec }), 'ca.crt': double.ca });

  const failure = createKubernetes({ kubeconfig: join(directory, 'config'), timeoutMs: 100 }).namespace(
    'shop',
  );

  await t.rejects(failure, { code: 'LK-KUBERNETES', message: /did not answer within/ });
});

t.test('in a pod, the mounted token and authority are used', async (t) => {
  const directory = t.testdir({ token: `${double.token}\n`, 'ca.crt': double.ca });
  const { hostname, port } = new URL(double.url);
  const send = createTransport(inClusterConnection({ host: hostname, port, directory }), {
    timeoutMs: 10_000,
  });

  const answer = await send({ method: 'GET', path: '/api/v1/namespaces/shop', repeatable: true });

  t.equal(answer.status, 200);
  t.equal(inClusterConnection({ host: 'fd00::1' }).server.href, 'https://[fd00::1]/');
});

t.test('in a pod without a token, the message says so', async (t) => {
  await t.rejects(inClusterConnection({ directory: t.testdir({}) }).authorize(), {
    code: 'LK-KUBERNETES',
    remedy: /automount/,
  });
});

t.test('a certificate of somebody else is not trusted, and no token is sent', async (t) => {
  const other = await startKubernetesDouble();
  t.teardown(() => other.close());
  const directory = t.testdir({ config: kubeconfig({ token: double.token }), 'ca.crt': other.ca });
  double.resetCalls();

  const failure = createKubernetes({ kubeconfig: join(directory, 'config') }).namespace('shop');

  await t.rejects(failure, { code: 'LK-KUBERNETES', message: /certificate is not trusted/ });
  t.equal(double.requests.length, 0);
});

t.test('several files are read as one, the first wins', async (t) => {
  const directory = t.testdir({
    one: JSON.stringify({ 'current-context': 'x', users: [{ name: 'u', user: { token: 'first' } }] }),
    two: kubeconfig({ token: 'second' }),
  });

  const config = readKubeconfig([join(directory, 'one'), join(directory, 'two')]);

  t.equal(config.user.token, 'first');
  t.equal(config.cluster.caFile, join(directory, 'ca.crt'));
});

t.test('what cannot work is refused at start, without a word of the file', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [`{ ${CANARY}: [`, /is no kubeconfig/],
    ['- list', /has no current-context/],
    [JSON.stringify({ 'current-context': 'x' }), /has no context "x"/],
    [JSON.stringify({ clusters: [{ name: 'c' }], users: CANARY }), /is no kubeconfig/],
    [kubeconfig({}, { server: 'http://127.0.0.1:8001' }), /no https/],
    [kubeconfig({}, { 'proxy-url': 'socks5://x' }), /proxy/],
    [kubeconfig({ 'auth-provider': { name: 'gcp' } }), /auth-provider/],
  ];
  for (const [text, message] of cases) {
    const directory = t.testdir({ config: text });
    t.throws(() => readKubeconfig([join(directory, 'config')]), { code: 'LK-CONFIG', message });
    try {
      readKubeconfig([join(directory, 'config')]);
    } catch (error) {
      t.notMatch(String(error), CANARY);
    }
  }
  t.throws(() => createKubernetes({ kubeconfig: '/nowhere/config' }), {
    code: 'LK-CONFIG',
    message: /ENOENT/,
  });
});

t.test('$KUBECONFIG is honoured where nothing else is said', async (t) => {
  const directory = t.testdir({});
  await cp(double.kubeconfig, join(directory, 'config'));

  const kubernetes = createKubernetes({
    environment: { KUBECONFIG: `/nowhere:${join(directory, 'config')}` },
  });

  t.match(await kubernetes.namespace('shop'), { name: 'shop' });
});

t.test('what the YAML parser has to say of a kubeconfig is not printed: it quotes tokens', async (t) => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  t.teardown(() => process.off('warning', note));
  const directory = t.testdir({
    config: kubeconfig({ token: CANARY }).replace(`"${CANARY}"`, `!secret ${CANARY}`),
    'ca.crt': double.ca,
  });

  readKubeconfig([join(directory, 'config')]);
  await new Promise((resolve) => setImmediate(resolve));

  t.same(warnings, []);
});
