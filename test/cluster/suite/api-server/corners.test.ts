// What a double of the API server cannot know: how the real one takes names, warnings and second submissions.

import t from 'tap';

import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import { containerOf, dataOf, podOf, secretsOf, variableOf } from '../../support/objects.ts';

const installation = await startInstallation({ flags: ['--allow-plaintext', '--caller-auth', 'network'] });
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-hunter2', { region: REGION });
aws.secrets.put('shop', JSON.stringify({ user: 'canary-user', 'no name!': 'x', NODE_OPTIONS: 'x' }), {
  region: REGION,
});

t.test('warnings reach whoever applies the pod', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const annotations = { 'latchkey.dev/env-from': 'secretsmanager:shop' };

  const { status, body, warnings } = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'alone', annotations }),
  );

  t.equal(status, 201, body.message);
  t.match(warnings.join('\n'), /299 - "latchkey: .*NODE_OPTIONS/);
  t.ok(variableOf(body, 'app', 'user'));
});

t.test('a pod of the longest name, and files of unusual names', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const long = `${'a'.repeat(125)}.${'b'.repeat(127)}`;
  const path = `deep/${'x'.repeat(120)}/${'y'.repeat(120)} and a blank/ümläut.txt`;
  const annotations = { 'latchkey.dev/files': `"${path}": ssm:/shop/password\n.hidden: ssm:/shop/password` };

  const pod = podOf({ name: 'alone', annotations });
  const { status, body } = await api.send('POST', `${namespace.core}/pods`, {
    ...pod,
    metadata: { name: long, annotations },
  });

  t.equal(status, 201, body.message);
  const [name = ''] = secretsOf(body);
  const { data } = await api.get(`${namespace.core}/secrets/${name}`);
  t.equal(Object.keys(data).length, 2);
});

t.test('binary values keep their bytes', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  aws.secrets.put('binary', bytes, { region: REGION });
  const annotations = { 'latchkey.dev/file.bin': 'secretsmanager:binary' };

  const pod = await api.create(`${namespace.core}/pods`, podOf({ name: 'alone', annotations }));

  const [name = ''] = secretsOf(pod);
  const { data } = await api.get(`${namespace.core}/secrets/${name}`);
  t.strictSame(Object.values(data), [Buffer.from(bytes).toString('base64')]);
});

t.test(
  'an injected pod, read back and created again under another name, is delivered once more',
  async (t) => {
    const namespace = await installation.namespace();
    await namespace.account('app');
    const env = [
      { name: 'URL', value: 'https://$(USER_NAME):((latchkey:ssm:/shop/password))@db' },
      { name: 'USER_NAME', value: 'app' },
    ];
    const spec = { containers: [{ name: 'app', image: 'app', env }] };
    const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };
    const first = await api.create(`${namespace.core}/pods`, podOf({ name: 'first', annotations, spec }));

    const second = await api.create(`${namespace.core}/pods`, {
      metadata: { name: 'second', annotations: first.metadata.annotations },
      spec: first.spec,
    });

    const [secret = '', ...others] = secretsOf(second);
    const values = Object.values(dataOf(await api.get(`${namespace.core}/secrets/${secret}`)));
    t.strictSame(others, []);
    t.notSame(secretsOf(first), [secret]);
    t.strictSame(values, ['canary-hunter2', 'canary-hunter2']);
    t.equal(containerOf(second, 'app').env.length, containerOf(first, 'app').env.length);
  },
);

t.test('plaintext is admitted with a warning, and its dollars are doubled', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  aws.ssm.put('/shop/public', 'a$(B)c', { region: REGION });
  const annotations = { 'latchkey.dev/delivery': 'plaintext', 'latchkey.dev/env.A': 'ssm:/shop/public' };

  const { body, warnings } = await api.send(
    'POST',
    `${namespace.core}/pods`,
    podOf({ name: 'alone', annotations }),
  );

  t.equal(variableOf(body, 'app', 'A')?.value, 'a$$(B)c', body.message);
  t.match(warnings.join('\n'), /latchkey: .*plaintext/);
});

t.test('no problem of a pod is lost in what kubectl shows', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  const annotations = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      `latchkey.dev/env.V${String(index)}`,
      `smm:/v/${String(index)}`,
    ]),
  );

  const { body } = await api.send('POST', `${namespace.core}/pods`, podOf({ name: 'alone', annotations }));

  t.match(body.message, /And \d+ more\.$/);
  t.equal(body.details.causes.length, 30);
});
