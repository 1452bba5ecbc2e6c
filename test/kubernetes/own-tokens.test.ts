// What `serve` asks of the API server about its own power: who it is, and for a token that must be refused.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import {
  deniedByPolicy,
  forbidden,
  startKubernetesDouble,
  status,
  type Fault,
} from '../support/kubernetes-double.ts';

const SERVE = { namespace: 'latchkey', name: 'latchkey-serve' };
const AUDIENCE = 'must-be-refused.example.com';
const TOKEN_PATH = 'POST /api/v1/namespaces/latchkey/serviceaccounts/latchkey-serve/token';

async function start(t: Test) {
  const double = await startKubernetesDouble({ account: SERVE });
  t.teardown(() => double.close());
  double.addServiceAccount(SERVE.namespace, SERVE.name);
  return { double, kubernetes: createKubernetes({ kubeconfig: double.kubeconfig }) };
}

t.test('who we are stands in our token', async (t) => {
  const { kubernetes, double } = await start(t);

  t.same(await kubernetes.ownAccount(), SERVE);
  t.same(double.requests, [], 'nobody is asked');
});

const USERS: readonly (readonly [who: string, user: object, account?: object])[] = [
  ['a token that is none of Kubernetes', { token: 'k8s-aws-v1.aHR0cHM6Ly9zdHM' }],
  ['a name and a password', { username: 'system:serviceaccount:a:b', password: 'x' }],
  ['a certificate', {}],
  ['somebody who is impersonated', { token: 'x', as: 'alice' }],
  [
    'a service account that is impersonated',
    { token: 'x', as: 'system:serviceaccount:shop:app' },
    { namespace: 'shop', name: 'app' },
  ],
];

for (const [who, user, account] of USERS) {
  t.test(`we are ${account === undefined ? 'no service account' : 'that account'} with ${who}`, async (t) => {
    const kubeconfig = join(t.testdir(), 'config');
    const config = {
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    await writeFile(kubeconfig, JSON.stringify(config));

    t.strictSame(await createKubernetes({ kubeconfig }).ownAccount(), account);
  });
}

t.test('a forbidden token that a policy refuses, and one that nobody does', async (t) => {
  const { kubernetes, double } = await start(t);

  t.equal(await kubernetes.requestForbiddenToken(SERVE, AUDIENCE), 'granted');
  double.setAllowedAudiences(['sts.amazonaws.com']);
  t.equal(await kubernetes.requestForbiddenToken(SERVE, AUDIENCE), 'refused');
  t.same(double.requests, [TOKEN_PATH, TOKEN_PATH]);
});

const REFUSED: readonly (readonly [who: string, answer: { status: number; body: unknown }, string])[] = [
  ['RBAC', forbidden('create', 'serviceaccounts/token', 'latchkey'), 'no-right'],
  [
    "somebody else's policy, with a reason of its own",
    status(422, 'Invalid', `ValidatingAdmissionPolicy 'tokens' with binding 'all' denied request: not you`),
    'refused',
  ],
  [
    'a policy whose words are like those of RBAC',
    deniedByPolicy({ resource: 'serviceaccounts', name: 'a' }, 'p', 'this user cannot have tokens'),
    'refused',
  ],
  [
    'a webhook',
    status(403, 'Forbidden', 'admission webhook "tokens.example.com" denied the request: no'),
    'refused',
  ],
  [
    'a webhook without a word',
    status(400, '', 'admission webhook "tokens.example.com" denied the request without explanation'),
    'refused',
  ],
];

for (const [who, answer, outcome] of REFUSED) {
  t.test(`a refusal by ${who}: ${outcome}`, async (t) => {
    const { kubernetes, double } = await start(t);
    double.fault(TOKEN_PATH, { kind: 'answer', ...answer });

    t.equal(await kubernetes.requestForbiddenToken(SERVE, AUDIENCE), outcome);
  });
}

const UNKNOWN: readonly (readonly [what: string, fault: Fault, code: string])[] = [
  [
    'a webhook that could not be called',
    { kind: 'answer', ...status(500, 'InternalError', 'failed calling webhook "x": connection refused') },
    'LK-KUBERNETES',
  ],
  ['a server error', { kind: 'answer', status: 503, body: 'ValidatingAdmissionPolicy' }, 'LK-KUBERNETES'],
  ['credentials that expired', { kind: 'answer', ...status(401, 'Unauthorized', '') }, 'LK-KUBERNETES'],
  ['a refusal that says nothing', { kind: 'answer', ...status(403, 'Forbidden', 'no') }, 'LK-KUBERNETES'],
  [
    'an account that is gone',
    { kind: 'answer', ...status(404, 'NotFound', 'serviceaccounts "latchkey-serve" not found') },
    'LK-NO-SERVICE-ACCOUNT',
  ],
  ['no answer', { kind: 'reset' }, 'LK-KUBERNETES'],
];

for (const [what, fault, code] of UNKNOWN) {
  t.test(`${what} is no refusal`, async (t) => {
    const { kubernetes, double } = await start(t);
    double.fault(TOKEN_PATH, fault);

    await t.rejects(kubernetes.requestForbiddenToken(SERVE, AUDIENCE), { code });
  });
}
