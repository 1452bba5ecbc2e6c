import t from 'tap';
import { installationKey } from '../../src/controller/installation-key.ts';
import { createControllerApi } from '../../src/kubernetes/create-controller-api.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';

const signal = new AbortController().signal;
const at = { namespace: 'latchkey', name: 'key' };
const double = await startKubernetesDouble();
t.teardown(() => double.close());
const api = createControllerApi({ kubeconfig: double.controllerKubeconfig });

function stored(): Record<string, string> | undefined {
  return double.get('Secret', 'latchkey', 'key')?.['data'] as Record<string, string> | undefined;
}

t.beforeEach(() => {
  double.put('v1', 'Secret', at, { rest: { type: 'Opaque' } });
});

t.test('an empty Secret is filled once, and read from then on', async (t) => {
  const first = await installationKey(api, at, signal);
  const second = await installationKey(api, at, signal);

  t.equal(first.size, 32);
  t.same(Buffer.from(first.reveal()), Buffer.from(second.reveal()));
  t.same(Object.keys(stored() ?? {}), ['key']);
});

t.test('when another fills it at the same moment, theirs counts', async (t) => {
  const theirs = Buffer.alloc(32, 9).toString('base64');
  double.before('PUT', () => double.put('v1', 'Secret', at, { rest: { data: { key: theirs } } }));

  const key = await installationKey(api, at, signal);

  t.equal(Buffer.from(key.reveal()).toString('base64'), theirs);
});

t.test('what is too short or something else is told and stays', async (t) => {
  for (const data of [{ key: Buffer.from('canary').toString('base64') }, { other: 'Y2FuYXJ5' }]) {
    double.put('v1', 'Secret', at, { rest: { data } });

    await t.rejects(installationKey(api, at, signal), {
      code: 'LK-CONFIG',
      message: 'Secret "key" holds no key of at least 32 bytes under "key"',
    });
    t.same(stored(), data);
  }
});
