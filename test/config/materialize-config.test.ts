import t from 'tap';

import { readControllerConfig } from '../../src/config/controller-config.ts';
import { FORBIDDEN_AUDIENCE } from '../../src/names.ts';
import { UsageError } from '../../src/config/usage-error.ts';

function problemsOf(args: readonly string[], env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    readControllerConfig(args, env);
    return [];
  } catch (error) {
    t.type(error, UsageError);
    return (error as UsageError).problems;
  }
}

t.test('off by default, and then nothing that belongs to it may be said', async (t) => {
  t.notOk('materialize' in readControllerConfig([], {}));
  // Another program's variable, and not read.
  t.strictSame(problemsOf([], { AWS_ENDPOINT_URL: 'nonsense' }), []);
  for (const flag of [
    '--materialize-every=1h',
    '--identity=controller',
    '--policy-file=p',
    '--region=eu-central-1',
    '--cluster-name=c',
    '--token-audiences=sts.amazonaws.com',
    '--aws-endpoint-url=http://aws.example',
    '--sealing-key-namespaces=kube-system',
    '--cluster-stores=shared',
    '--allow-static-keys',
    '--allow-secret-types=example.com/x',
  ]) {
    const [name = ''] = flag.split('=');
    t.strictSame(problemsOf([flag]), [`${name} is used only with --materialize`]);
  }
  const ofTheImage = { LATCHKEY_AWS_ENDPOINT_URL: 'http://aws.example', LATCHKEY_REGION: 'eu-central-1' };
  t.strictSame(problemsOf([], ofTheImage), [], 'variables may be meant for serve');
});

t.test('switched on, it is as careful as serve', async (t) => {
  const { materialize } = readControllerConfig(['--materialize'], {});

  t.strictSame(materialize, {
    everyMs: 3_600_000,
    excluded: ['kube-system', 'kube-node-lease', 'kube-public'],
    clusterStores: [],
    staticKeysAllowed: false,
    allowedSecretTypes: [],
    identity: 'pod',
    tokenAudiences: ['sts.amazonaws.com'],
    cacheTtlMs: 30_000,
  });
});

t.test('everything that can be said', async (t) => {
  const flags = [
    ...['--materialize', '--materialize-every=10m', '--identity=controller', '--policy-file=/p'],
    ...['--region=eu-central-1', '--cluster-name=prod', '--token-audiences=a', '--namespaces=shop,billing'],
    ...['--sealing-key-namespaces=kube-system,keys', '--cluster-stores=shared', '--allow-static-keys'],
    ...['--allow-secret-types=example.com/x', '--excluded-namespaces=', '--cache-ttl=1m'],
  ];

  const { materialize } = readControllerConfig(flags, {
    AWS_ENDPOINT_URL: 'http://aws.example',
    NODE_USE_ENV_PROXY: '1',
    HTTPS_PROXY: 'http://proxy.example:3128',
  });

  t.strictSame(materialize, {
    everyMs: 600_000,
    excluded: [],
    clusterStores: ['shared'],
    staticKeysAllowed: true,
    allowedSecretTypes: ['example.com/x'],
    identity: 'controller',
    tokenAudiences: ['a'],
    cacheTtlMs: 60_000,
    namespaces: ['shop', 'billing'],
    policyFile: '/p',
    region: 'eu-central-1',
    clusterName: 'prod',
    awsEndpointUrl: 'http://aws.example',
    proxy: { HTTPS_PROXY: 'http://proxy.example:3128' },
    sealing: { keyNamespaces: ['kube-system', 'keys'], clusterWideAllowed: false },
  });
});

const WRONG: readonly (readonly [flags: readonly string[], problem: RegExp])[] = [
  [['--identity=controller'], /needs --policy-file/],
  [['--token-audiences='], /needs at least one/],
  [[`--token-audiences=${FORBIDDEN_AUDIENCE}`], /must always be refused/],
  [['--cluster-name=a b'], /--cluster-name: expected/],
  [['--allow-secret-types=a b'], /types of Secrets/],
  [['--cluster-stores=a/b'], /--cluster-stores: expected names/],
  [['--sealing-key-namespaces=A'], /--sealing-key-namespaces: expected names/],
  [['--materialize-every=1s'], /--materialize-every/],
  [['--aws-endpoint-url=x'], /--aws-endpoint-url/],
];

for (const [flags, problem] of WRONG) {
  t.test(`${flags.join(' ')} is refused`, async (t) => {
    const problems = problemsOf(['--materialize', ...flags]);

    t.equal(problems.length, 1);
    t.match(problems[0], problem);
  });
}
