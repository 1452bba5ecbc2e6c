import t from 'tap';
import { readControllerConfig } from '../../src/config/controller-config.ts';
import { UsageError } from '../../src/config/usage-error.ts';

function problemsOf(...args: readonly string[]): readonly string[] {
  try {
    readControllerConfig(args, {});
    return [];
  } catch (error) {
    t.type(error, UsageError);
    return (error as UsageError).problems;
  }
}

t.test('without a flag it is what the chart installs', async (t) => {
  const config = readControllerConfig([], {});

  t.match(config, {
    lease: 'latchkey-controller',
    certificates: {
      registrations: ['latchkey'],
      service: 'latchkey',
      caSecret: 'latchkey-ca',
      tlsSecret: 'latchkey-tls',
      authorityLifetimeMs: 1095 * 86_400_000,
      servingLifetimeMs: 90 * 86_400_000,
      propagationMs: 300_000,
      retentionMs: 3_600_000,
    },
    keySecret: 'latchkey-key',
    sweep: {
      afterMs: 3_600_000,
      everyMs: 600_000,
      cacheTtlMs: 30_000,
      namespaces: undefined,
      excluded: ['kube-system', 'kube-node-lease', 'kube-public'],
    },
  });
  t.notOk('keyFile' in config);
  t.ok(Object.isFrozen(config));
});

t.test('certificates and sweeping can be left to others', async (t) => {
  const config = readControllerConfig(['--tls-mode=external', '--sweep-after=0s', '--key-file=k'], {});

  t.notOk('certificates' in config);
  t.notOk('sweep' in config);
  t.equal(config.keyFile, 'k');
});

t.test('lists', async (t) => {
  const args = ['--webhook-configuration=a,b', '--webhook-configuration=c', '--namespaces=x'];
  const config = readControllerConfig([...args, '--namespaces=y', '--excluded-namespaces='], {});

  t.same(config.certificates?.registrations, ['a', 'b', 'c'], 'in place of the default');
  t.same(config.sweep?.namespaces, ['x', 'y']);
  t.same(config.sweep?.excluded, []);
});

t.test('a namespace cannot be swept and left out', async (t) => {
  t.same(problemsOf('--namespaces=shop,kube-public'), [
    '--namespaces: "kube-public" is in --excluded-namespaces too',
  ]);
});

t.test('what cannot be is told, all of it together', async (t) => {
  t.same(
    problemsOf('--service=Latchkey', '--namespaces=a,B', '--tls-secret=../x', '--sweep-every=1ms', 'what'),
    [
      '--sweep-every: expected at least 1s, found "1ms"',
      'unexpected argument "what"',
      '--service: "Latchkey" cannot name a Kubernetes object',
      '--tls-secret: "../x" cannot name a Kubernetes object',
      '--namespaces: "B" cannot name a Kubernetes object',
    ],
  );
});

t.test('certificates for no registration are a mistake', async (t) => {
  t.same(problemsOf('--webhook-configuration='), [
    '--webhook-configuration needs a name; --tls-mode=external leaves certificates to others',
  ]);
  t.same(problemsOf('--webhook-configuration=', '--tls-mode=external'), []);
});

t.test('the key of the authority stays apart from what serve mounts', async (t) => {
  t.same(problemsOf('--ca-secret=one', '--tls-secret=one'), [
    '--ca-secret, --tls-secret and --key-secret must be three different Secrets',
  ]);
});

t.test('a renewal must fit into the last third of what it renews', async (t) => {
  t.same(problemsOf('--ca-lifetime=24h', '--tls-lifetime=9h'), [
    '--tls-lifetime: at most a third of --ca-lifetime',
  ]);
  t.same(problemsOf('--tls-lifetime=1h'), ['--tls-propagation: at most a 39th of --tls-lifetime']);
  t.same(problemsOf('--ca-lifetime=150s', '--tls-lifetime=50s', '--tls-propagation=1s'), []);
});
