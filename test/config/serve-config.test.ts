import t from 'tap';
import { readServeConfig } from '../../src/config/serve-config.ts';
import { UsageError } from '../../src/config/usage-error.ts';

const ENOUGH = ['--tls-cert', 'tls.crt', '--tls-key', 'tls.key', '--key-file', 'key'];

function problemsOf(args: readonly string[], env: Record<string, string> = {}): readonly string[] {
  try {
    readServeConfig(args, env);
    return [];
  } catch (error) {
    t.type(error, UsageError);
    return (error as UsageError).problems;
  }
}

t.test('defaults are those of the table, and the whole configuration is frozen', async (t) => {
  const config = readServeConfig(ENOUGH, {});

  t.match(config, {
    listen: { host: '0.0.0.0', port: 8443 },
    healthListen: { host: '0.0.0.0', port: 9090 },
    kubernetes: { kind: 'kubeconfig' },
    identity: 'pod',
    defaultDelivery: 'secret',
    plaintextAllowed: false,
    cacheTtlMs: 30_000,
    maxStaleMs: 86_400_000,
    fetchResources: { cpu: '50m', memory: '96Mi' },
    fetchDeadlineSeconds: 300,
    tokenAudiences: ['sts.amazonaws.com'],
    tokenCheck: 'with-account',
    dryRunAsksAws: true,
    maxBodyBytes: 8_388_608,
    logLevel: 'info',
  });
  t.equal(config.region, undefined, 'no region is built in');
  t.ok(config.skipContainers.includes('istio-proxy'));
  for (const part of [
    config,
    config.listen,
    config.kubernetes,
    config.skipContainers,
    config.fetchResources,
  ]) {
    t.ok(Object.isFrozen(part));
  }
});

t.test('a flag wins over its variable, and a variable over the default', async (t) => {
  const env = { LATCHKEY_REGION: 'eu-west-1', LATCHKEY_CACHE_TTL: '250ms' };

  const config = readServeConfig([...ENOUGH, '--region=ap-northeast-1'], env);

  t.equal(config.region, 'ap-northeast-1');
  t.equal(config.cacheTtlMs, 250);
});

t.test('AWS_ENDPOINT_URL is the default of --aws-endpoint-url', async (t) => {
  const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:5000/' };

  t.equal(readServeConfig(ENOUGH, env).awsEndpointUrl, 'http://127.0.0.1:5000');
  t.equal(
    readServeConfig([...ENOUGH, '--aws-endpoint-url', 'http://other:1'], env).awsEndpointUrl,
    'http://other:1',
  );
});

t.test('every problem is reported together', async (t) => {
  const problems = problemsOf(
    ['--lissten=1', '--listen', 'nowhere', '--cache-ttl', '30', '--tls-cert', '--region', 'eu', 'extra'],
    { LATCHKEY_POLICY_FIEL: 'x', LATCHKEY_CONCURRENCY: 'many' },
  );

  t.same(problems, [
    '--lissten is not known (did you mean --listen?)',
    '--tls-cert needs a value',
    'LATCHKEY_POLICY_FIEL is not known (did you mean LATCHKEY_POLICY_FILE?) in the environment',
    '--listen: expected HOST:PORT, as in 0.0.0.0:8443 or [::]:8443, found "nowhere"',
    '--cache-ttl: expected a number and a unit, as in 250ms, 30s, 5m or 24h, found "30"',
    'LATCHKEY_CONCURRENCY: expected a whole number, found "many"',
    'unexpected argument "eu"',
    'unexpected argument "extra"',
    '--tls-cert and --tls-key are needed; `latchkey certs` makes a pair for trying out',
    '--key-file is needed for secret delivery: `head -c 32 /dev/urandom` makes one, the same for all replicas; or set --default-delivery=memory',
  ]);
});

t.test('variables shaped like Kubernetes service links are ignored', async (t) => {
  const env = {
    LATCHKEY_PORT: 'tcp://10.0.0.7:443',
    LATCHKEY_SERVICE_HOST: '10.0.0.7',
    LATCHKEY_SERVICE_PORT: '443',
    LATCHKEY_SERVICE_PORT_HTTPS: '443',
    LATCHKEY_PORT_443_TCP: 'tcp://10.0.0.7:443',
    LATCHKEY_PORT_443_TCP_PROTO: 'tcp',
    LATCHKEY_PORT_443_TCP_PORT: '443',
    LATCHKEY_PORT_443_TCP_ADDR: '10.0.0.7',
    LATCHKEY_REGION_SERVICE_HOST: '10.0.0.8',
    LATCHKEY_LISTEN_PORT: 'tcp://10.0.0.9:80',
  };

  t.same(problemsOf(ENOUGH, env), []);
});

t.test('rules across flags', async (t) => {
  const inCluster = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  const cases: readonly (readonly [string, readonly string[], Record<string, string>, RegExp | undefined])[] =
    [
      ['a store file in a cluster', ['--store-file=s'], inCluster, /--insecure-store-file/],
      [
        'an insecure store file in a cluster',
        ['--store-file=s', '--insecure-store-file'],
        inCluster,
        undefined,
      ],
      ['a store file outside', ['--store-file=s'], {}, undefined],
      ['plaintext without known callers', ['--allow-plaintext'], {}, /--caller-auth/],
      ['plaintext behind a NetworkPolicy', ['--allow-plaintext', '--caller-auth=network'], {}, undefined],
      ['plaintext as default, not allowed', ['--default-delivery=plaintext'], {}, /--allow-plaintext/],
      ['client certificates without a CA', ['--caller-auth=client-cert'], {}, /--client-ca/],
      ['client certificates with a CA', ['--caller-auth=client-cert', '--client-ca=ca'], {}, undefined],
      ['a CA that nothing uses', ['--client-ca=ca'], {}, /--caller-auth=client-cert/],
      ['kubeconfig and no Kubernetes', ['--kubeconfig=k', '--no-kubernetes'], {}, /exclude/],
      ["the controller's identity without policy", ['--identity=controller'], {}, /--policy-file/],
      ["the controller's identity with one", ['--identity=controller', '--policy-file=p'], {}, undefined],
      ['no audience at all', ['--token-audiences='], {}, /at least one/],
      [
        'the audience that must be refused',
        ['--token-audiences=sts.amazonaws.com,must-be-refused.latchkey.dev'],
        {},
        /--token-audiences: must-be-refused/,
      ],
      ['one address for both ports', ['--listen=0.0.0.0:9090'], {}, /same address/],
      ['a cluster name for a shell', ['--cluster-name=a;b'], {}, /--cluster-name/],
      ['an image with a newline', ['--fetch-image=a\nb'], {}, /--fetch-image/],
      ['a flag given twice', ['--region=eu-west-1', '--region=eu-west-2'], {}, /given twice/],
    ];
  for (const [name, args, env, expected] of cases) {
    const problems = problemsOf([...ENOUGH, ...args], env);
    t.equal(problems.length, expected === undefined ? 0 : 1, `${name}: ${problems.join()}`);
    t.match(problems[0] ?? '', expected ?? /^$/, name);
  }
});

t.test('the certificate is in files or in a Secret', async (t) => {
  const key = ['--key-file=key'];
  const secret = ['--tls-secret=latchkey/latchkey-tls', ...key];

  const config = readServeConfig(secret, {});

  t.same(config.tlsSecret, { namespace: 'latchkey', name: 'latchkey-tls' });
  t.notOk('tlsCert' in config);
  t.match(problemsOf(key), [/^--tls-cert and --tls-key are needed/]);
  t.match(problemsOf([...secret, '--tls-key=k']), [/exclude each other$/]);
  t.match(problemsOf([...secret, '--tls-cert=c', '--tls-key=k']), [/exclude each other$/]);
  t.match(problemsOf([...secret, '--no-kubernetes']), [/--no-kubernetes/]);
  for (const wrong of ['latchkey-tls', 'a/b/c', '/b', 'a/', 'A/b', '../x', 'a/\u001B[31m']) {
    const problems = problemsOf([`--tls-secret=${wrong}`, ...key]);
    t.match(problems[0], '--tls-secret: expected NAMESPACE/NAME', wrong);
    t.notMatch(problems.join(), '\u001B');
  }
});

t.test('the key file is needed only where secret delivery can happen unasked', async (t) => {
  const tls = ['--tls-cert=c', '--tls-key=k'];

  t.equal(problemsOf(tls).length, 1);
  t.same(problemsOf([...tls, '--no-kubernetes']), []);
  t.same(problemsOf([...tls, '--default-delivery=memory']), []);
});

t.test('where Kubernetes is found', async (t) => {
  const inCluster = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };

  t.same(readServeConfig(ENOUGH, inCluster).kubernetes, { kind: 'in-cluster' });
  t.same(readServeConfig([...ENOUGH, '--kubeconfig=k'], inCluster).kubernetes, {
    kind: 'kubeconfig',
    file: 'k',
  });
  t.same(readServeConfig([...ENOUGH, '--no-kubernetes'], inCluster).kubernetes, { kind: 'none' });
});

t.test('in a cluster the token check is required, unless a flag says otherwise', async (t) => {
  const inCluster = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  const modeOf = (flags: readonly string[], env = {}) =>
    readServeConfig([...ENOUGH, ...flags], env).tokenCheck;

  t.equal(modeOf([], inCluster), 'required');
  t.equal(modeOf(['--kubeconfig=k'], inCluster), 'required');
  t.equal(modeOf(['--token-check=off'], inCluster), 'off');
  t.equal(modeOf(['--token-check=required']), 'required');
});

t.test('a wrong URL is not printed: it may hold a password', async (t) => {
  const problems = problemsOf([...ENOUGH, '--aws-endpoint-url=http://me:hunter2@host'], {});

  t.equal(problems.length, 1);
  t.notMatch(problems[0], /hunter2/);
  t.notMatch(problemsOf(ENOUGH, { AWS_ENDPOINT_URL: 'http://me:hunter2@host' })[0], /hunter2/);
});

t.test('a namespace gets at most what all get', async (t) => {
  t.equal(readServeConfig([...ENOUGH, '--concurrency=8'], {}).namespaceConcurrency, 8);
});

t.test("a proxy counts only where Node's own switch is on", async (t) => {
  const env = { HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: '.svc' };

  t.equal(readServeConfig(ENOUGH, env).proxy, undefined);
  t.same(readServeConfig(ENOUGH, { ...env, NODE_USE_ENV_PROXY: '1' }).proxy, env);
  t.equal(readServeConfig(ENOUGH, { NODE_USE_ENV_PROXY: '1', NO_PROXY: '.svc' }).proxy, undefined);
});

t.test('a wrong proxy is a problem of the configuration, and is not printed', async (t) => {
  const problems = problemsOf(ENOUGH, { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: 'hunter2' });

  t.equal(problems.length, 1);
  t.match(problems[0], 'HTTPS_PROXY: expected');
  t.notMatch(problems[0], /hunter2/);
});
