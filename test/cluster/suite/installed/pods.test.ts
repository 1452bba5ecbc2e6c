// What containers see: values that came all the way from AWS into a process, by each way that the chart's defaults have.

import t from 'tap';

import type { Json } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { REGION } from '../../support/aws.ts';
import { CHART, startAws, startGround } from '../../support/installed.ts';

const ground = await startGround();
t.teardown(() => ground.stop());
const { api, helm, kubectl } = ground;
const aws = await startAws(ground);
t.teardown(() => aws.close());
aws.ssm.put('/shop/password', 'canary $(HOME) "quoted" \\n', { region: REGION });
aws.secrets.put('shop/tls', JSON.stringify({ key: 'canary-key\n' }), { region: REGION });
const role = `arn:aws:iam::${aws.account}:role/shop`;
aws.role(role, { trust: [{ subject: 'system:serviceaccount:shop:app' }] });
await ground.namespace('latchkey', { 'pod-security.kubernetes.io/enforce': 'restricted' });
await ground.namespace('shop');
await api.create('/api/v1/namespaces/shop/serviceaccounts', {
  metadata: { name: 'app', annotations: { 'eks.amazonaws.com/role-arn': role } },
});
const set = ['--set', `aws.region=${REGION}`, '--set', `aws.endpointUrl=${aws.url}`];
await helm(['install', 'latchkey', CHART, '--namespace', 'latchkey', ...set, '--wait', '--timeout', '2m']);

const SCRIPT = `
  const { readFileSync } = require('node:fs');
  const read = (path) => readFileSync(path, 'utf8');
  const files = [read('/var/run/secrets/latchkey/tls.key'), read('/etc/shop/tls.key')];
  console.log(JSON.stringify({ password: process.env.PASSWORD, url: process.env.URL, files }));
  setInterval(() => process.env.CRASH === 'yes' && process.exit(3), 1000);
`;

for (const delivery of ['secret', 'memory'] as const) {
  t.test(`${delivery}: variables and files are in the container, byte for byte`, async (t) => {
    await create(delivery);

    const seen = JSON.parse(await printed(delivery));

    t.strictSame(seen, {
      password: 'canary $(HOME) "quoted" \\n',
      url: 'pw=canary%20%24%28HOME%29%20%22quoted%22%20%5Cn',
      files: ['canary-key\n', 'canary-key\n'],
    });
  });
}

t.test('the init container says in its status what it fetched, and no value', async (t) => {
  const pod = await api.get('/api/v1/namespaces/shop/pods/memory');

  const [fetched] = pod.status.initContainerStatuses;
  t.match(fetched.state.terminated, { exitCode: 0, message: /fetched 3 references/ });
  t.notMatch(JSON.stringify(pod), 'canary');
});

t.test('a container that is restarted has the same values, also while AWS is away', async (t) => {
  await create('crashing', { CRASH: 'yes' });
  await printed('crashing');
  t.teardown(aws.fault({}, { kind: 'close' }));
  const restarts = async (): Promise<number> => {
    const { status } = await api.get('/api/v1/namespaces/shop/pods/crashing');
    return status.containerStatuses[0].restartCount;
  };
  const before = await restarts();

  await eventually(async () => (await restarts()) > before, 'a restart');

  t.match(JSON.parse(await printed('crashing')), { files: ['canary-key\n', 'canary-key\n'] });
});

async function create(name: string, variables: Readonly<Record<string, string>> = {}): Promise<void> {
  const env = Object.entries(variables).map(([name, value]) => ({ name, value }));
  const annotations = {
    'latchkey.dev/delivery': name === 'memory' ? 'memory' : 'secret',
    'latchkey.dev/env.PASSWORD': 'ssm:/shop/password',
    'latchkey.dev/env.URL': 'pw=((ssm:/shop/password?encode=url))',
    'latchkey.dev/files':
      'tls.key: secretsmanager:shop/tls#key\n/etc/shop/tls.key: secretsmanager:shop/tls#key',
  };
  const pod: Json = {
    metadata: { name, annotations },
    spec: {
      serviceAccountName: 'app',
      containers: [{ name: 'app', image: 'node:26', command: ['node', '--eval', SCRIPT], env }],
    },
  };
  await api.create('/api/v1/namespaces/shop/pods', pod);
}

/** Its first whole line. */
async function printed(pod: string): Promise<string> {
  let text = '';
  await eventually(async () => {
    text = await kubectl(['logs', '--namespace=shop', pod, '--container=app']).catch(() => '');
    return text.includes('\n');
  }, `${pod} prints what it sees`);
  return text;
}
