// What people read after `helm install`.

import t from 'tap';

import { CHART, runHelm } from './render.ts';

function notes(values: object = {}): string {
  const args = ['install', 'latchkey', CHART, '--namespace', 'latchkey', '--dry-run=client', '--values', '-'];
  const { code, stdout, stderr } = runHelm(args, JSON.stringify(values));
  if (code !== 0) throw new Error(stderr);
  return stdout.slice(stdout.indexOf('NOTES:'));
}

t.test('the next step, and how to see that it works', async (t) => {
  const text = notes();

  t.match(text, 'kubectl -n latchkey rollout status deployment/latchkey-serve');
  t.match(text, 'kubectl run secrets-check --image=pause --dry-run=server');
  t.match(text, 'kubectl -n latchkey logs deployment/latchkey-controller');
});

t.test('the check is made in a namespace for which the webhook is registered', async (t) => {
  t.match(notes({ namespaces: ['shop'] }), 'kubectl run secrets-check -n shop');
});

const WARNED: readonly (readonly [values: object, words: string])[] = [
  [{}, 'there is no public image'],
  [{}, 'Everybody in the cluster can call the webhook'],
  [{ serve: { hostNetwork: true } }, 'NetworkPolicies do not hold'],
  [{ serve: { insecureStoreFileSecret: 'store' } }, 'For trying out only'],
  [{ leastPower: { tokenCheck: false } }, 'nobody looks whether a policy bounds the tokens'],
  [{ leastPower: { enabled: false } }, 'ready when something else refuses it the token'],
  [{ tls: { mode: 'files', files: { existingSecret: 'x' } } }, 'write your CA into'],
  [{ adoption: { enabled: true } }, 'kubectl label namespace NAME latchkey.dev/adoption=enabled'],
  [{ sealing: { ownKeys: { enabled: true } } }, 'Back the sealing keys up'],
  [{ metrics: { serviceMonitor: { enabled: true } } }, 'this cluster has no such kind'],
];

for (const [values, words] of WARNED) {
  t.test(`it is said: ${words}`, async (t) => {
    t.match(notes(values), words);
  });
}

t.test('what is in order is not mentioned', async (t) => {
  const text = notes({
    image: { repository: 'registry.example/latchkey' },
    networkPolicy: { webhookFrom: [{ ipBlock: { cidr: '10.0.0.0/28' } }] },
    tls: { mode: 'files', files: { existingSecret: 'x', caBundle: 'Q0E=' } },
  });

  t.notMatch(text, /public image|Everybody|ContainerCreating|write your CA|leastPower|adoption|sealing/);
});

t.test('what an uninstallation leaves is said beforehand', async (t) => {
  t.match(
    notes(),
    'To uninstall: helm uninstall latchkey -n latchkey\n   A job removes the managed Secrets that no pod needs.',
  );
  t.match(notes(), 'Those that pods still use stay, and nothing else.');
  t.match(
    notes({ installationKey: { keep: true } }),
    'Those that pods still use stay, and the key, and nothing else.',
  );
  t.match(
    notes({ controller: { sweepOnUninstall: false } }),
    'Managed Secrets stay, and nothing else. This lists them:',
  );
  t.match(
    notes({ adoption: { enabled: true }, sealing: { ownKeys: { enabled: true } } }),
    'Those that pods still use stay, and the Secrets made of definitions, and the sealing keys, and nothing else.',
  );
});
