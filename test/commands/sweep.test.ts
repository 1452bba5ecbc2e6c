import t, { type Test } from 'tap';
import * as sweep from '../../src/commands/sweep.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';
import { addPod, addSecret, CANARY, KEY } from '../support/managed-secrets.ts';
import { runCommand } from '../support/run-command.ts';

async function install(t: Test, key: Uint8Array | undefined = KEY) {
  const double = await startKubernetesDouble();
  t.teardown(() => double.close());
  double.addNamespace('shop');
  double.addNamespace('latchkey');
  const data = key === undefined ? {} : { key: Buffer.from(key).toString('base64') };
  double.put('v1', 'Secret', { namespace: 'latchkey', name: 'latchkey-key' }, { rest: { data } });
  const args = ['--namespace=latchkey', `--kubeconfig=${double.controllerKubeconfig}`];
  return { double, run: (...more: string[]) => runCommand(sweep, [...args, ...more]) };
}

t.test('it says which Secrets stay, and how to find those that have no owner', async (t) => {
  const { double, run } = await install(t);
  const name = addSecret(double, 'used');
  addPod(double, 'p', name);

  const { code, stdout, stderr } = await run();

  t.equal(code, 0);
  t.match(stdout, `1 managed Secret is in use by pods, and stays`);
  t.match(stdout, 'kubectl get secrets -A -l app.kubernetes.io/managed-by=latchkey');
  t.match(stdout, `  shop/${name}\n`);
  t.equal(stderr, '');
  t.notMatch(stdout, CANARY);
});

t.test('an installation that never made a Secret has nothing to sweep', async (t) => {
  const { double, run } = await install(t, undefined);
  double.put('v1', 'Secret', { namespace: 'latchkey', name: 'latchkey-key' }, { rest: {} });

  const { code, stdout } = await run();

  t.equal(code, 0);
  t.match(stdout, 'no installation key');
});

t.test('nor has one whose Secret is gone', async (t) => {
  const { double, run } = await install(t);
  double.remove('Secret', 'latchkey', 'latchkey-key');

  t.match(await run(), { code: 0, stdout: /no installation key/ });
});

t.test('a long list is cut', async (t) => {
  const { double, run } = await install(t);
  for (let index = 0; index < 60; index += 1) {
    addPod(double, `p${String(index)}`, addSecret(double, `s${String(index)}`));
  }

  const { stdout } = await run();

  t.equal(stdout.match(/^ {2}shop\//gm)?.length, 50);
  t.match(stdout, '  and 10 more\n');
});

t.test('bad names are refused, all at once', async (t) => {
  await t.rejects(
    runCommand(sweep, ['--namespace=A_B', '--key-secret=../x', '--namespaces=ok,No']),
    /--namespace: .*--key-secret: .*--namespaces: /s,
  );
});
