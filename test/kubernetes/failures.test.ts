import t from 'tap';
import type { LatchkeyError } from '../../src/errors.ts';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import { SecretValue } from '../../src/secret-value.ts';
import { forbidden, startKubernetesDouble, status, type Fault } from '../support/kubernetes-double.ts';

const CANARY = 'canary-c0ffee';

const double = await startKubernetesDouble();
t.teardown(() => double.close());
double.addServiceAccount('shop', 'app');
const kubernetes = createKubernetes({ kubeconfig: double.kubeconfig, timeoutMs: 30_000 });
const impatient = createKubernetes({ kubeconfig: double.kubeconfig, timeoutMs: 40 });

t.beforeEach(() => {
  double.clearFaults();
  double.resetCalls();
});

async function failureOf(work: Promise<unknown>): Promise<LatchkeyError> {
  return await work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: LatchkeyError) => error,
  );
}

const answers: readonly (readonly [string, Fault, RegExp])[] = [
  [
    '401',
    { kind: 'answer', ...status(401, 'Unauthorized', CANARY) },
    /does not accept our credentials \(401\)/,
  ],
  [
    '403',
    { kind: 'answer', ...forbidden('get', 'serviceaccounts', 'shop') },
    /may not get serviceaccounts in namespace "shop" \(403\)/,
  ],
  [
    '409',
    { kind: 'answer', ...status(409, 'Conflict', CANARY) },
    /refused: get serviceaccounts .* \(409 Conflict\)/,
  ],
  ['429', { kind: 'answer', ...status(429, 'TooManyRequests', CANARY) }, /too much to do.*\(429\)/],
  ['500', { kind: 'answer', ...status(500, 'InternalError', CANARY) }, /\(500 InternalError\)/],
  ['500 with a reason that is text', { kind: 'answer', ...status(500, `${CANARY} \n`, CANARY) }, /\(500\)$/],
  [
    'an answer that is no JSON',
    { kind: 'answer', status: 200, body: `<html>${CANARY}` },
    /not what Kubernetes answers/,
  ],
  [
    'an answer that is other JSON',
    { kind: 'answer', status: 200, body: [CANARY] },
    /not what Kubernetes answers/,
  ],
  [
    'an object without metadata',
    { kind: 'answer', status: 200, body: { metadata: { name: CANARY } } },
    /not what Kubernetes answers/,
  ],
  [
    'JSON that is nested 5,000 deep',
    { kind: 'answer', status: 200, body: '['.repeat(5000) },
    /not what Kubernetes answers/,
  ],
  ['a connection that is closed before an answer', { kind: 'reset' }, /closed the connection \(ECONNRESET\)/],
  ['a connection that is closed in the middle', { kind: 'cut' }, /closed the connection \(ECONNRESET\)/],
];

for (const [name, fault, message] of answers) {
  t.test(`${name} is a clear error without text of the body`, async (t) => {
    double.fault('serviceaccounts/app', fault);

    const error = await failureOf(kubernetes.serviceAccount('shop', 'app'));

    t.match(error, { name: 'LatchkeyError', code: 'LK-KUBERNETES' });
    t.match(error.message, message);
    t.match(error.remedy, /^[A-Z].*\.$/);
    t.equal(error.cause, undefined);
    t.notMatch(`${error.message} ${error.remedy} ${error.stack}`, CANARY);
    t.notMatch(`${error.message} ${error.remedy}`, double.token);
  });
}

t.test('a 403 names the verb and resource to allow', async (t) => {
  double.fault('token', { kind: 'answer', ...forbidden('create', 'serviceaccounts/token', 'shop') });
  const token = await failureOf(kubernetes.requestToken('shop', 'app', 'sts.amazonaws.com'));
  t.match(token.remedy, /Allow create on serviceaccounts\/token/);

  double.fault('secrets', { kind: 'answer', ...forbidden('create', 'secrets', 'shop') });
  const create = {
    name: 's',
    namespace: 'shop',
    labels: {},
    annotations: {},
    type: 'Opaque',
    data: new Map([['a', new SecretValue(CANARY)]]),
  };
  const secret = await failureOf(kubernetes.createSecret(create));
  t.match(secret, { code: 'LK-KUBERNETES', remedy: /Allow create on secrets/ });
});

t.test('other admission steps that refuse a Secret are told from RBAC', async (t) => {
  const create = {
    name: 's',
    namespace: 'shop',
    labels: {},
    annotations: {},
    type: 'Opaque',
    data: new Map([['a', new SecretValue(CANARY)]]),
  };
  for (const message of [
    `admission webhook "x.y" denied the request: ${CANARY}`,
    `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${CANARY}`,
  ]) {
    double.fault('secrets', { kind: 'answer', ...status(422, 'Invalid', message) });
    const error = await failureOf(kubernetes.createSecret(create));
    t.match(error, { code: 'LK-QUOTA', message: /another admission step/ });
    t.notMatch(`${error.message}${error.remedy}`, CANARY);
  }

  for (const answer of [
    status(413, 'RequestEntityTooLarge', CANARY),
    status(500, '', 'etcdserver: request is too large'),
  ]) {
    double.fault('secrets', { kind: 'answer', ...answer });
    t.match(await failureOf(kubernetes.createSecret(create)), { code: 'LK-TOO-LARGE' });
  }
});

t.test('a read is repeated once after a dropped connection', async (t) => {
  double.fault('serviceaccounts/app', { kind: 'reset' }, 1);

  t.match(await kubernetes.serviceAccount('shop', 'app'), { name: 'app' });
  t.equal(double.calls('serviceaccounts/app'), 2);
});

t.test('it comes back when the server says when', async (t) => {
  double.fault(
    'serviceaccounts/app',
    { kind: 'answer', ...status(429, 'TooManyRequests', ''), headers: { 'retry-after': '0' } },
    1,
  );

  t.match(await kubernetes.serviceAccount('shop', 'app'), { name: 'app' });
});

t.test('a slow server is waited for', async (t) => {
  double.fault('serviceaccounts/app', { kind: 'slow', ms: 30 });

  t.match(await kubernetes.serviceAccount('shop', 'app'), { name: 'app' });
});

t.test('a server that does not answer is given up', async (t) => {
  double.fault('serviceaccounts/app', { kind: 'hang' });

  const error = await failureOf(impatient.serviceAccount('shop', 'app'));

  t.match(error, { code: 'LK-KUBERNETES', message: 'the API server did not answer within 0.04 s' });
});

t.test('a caller that leaves gets an answer at once, and others theirs', async (t) => {
  double.fault('serviceaccounts/app', { kind: 'hang' }, 1);
  const leaving = new AbortController();

  const left = failureOf(kubernetes.serviceAccount('shop', 'app', leaving.signal));
  const other = kubernetes.namespace('shop');
  leaving.abort();

  t.match(await left, { code: 'LK-KUBERNETES', message: /time for this review was up/ });
  t.match(await other, { name: 'shop' });
  t.match(await failureOf(kubernetes.namespace('shop', AbortSignal.abort())), { code: 'LK-KUBERNETES' });
});

t.test('an answer without end is cut off', async (t) => {
  double.fault('nodes', { kind: 'answer', status: 200, body: `"${'x'.repeat(17 * 1024 * 1024)}"` });

  t.match(await failureOf(kubernetes.nodes()), { code: 'LK-KUBERNETES', message: /larger than/ });
});

t.test('many calls at once share a bounded number of connections and all come back', async (t) => {
  const all = await Promise.all(Array.from({ length: 300 }, () => kubernetes.serviceAccount('shop', 'app')));

  t.equal(all.filter((account) => account?.name === 'app').length, 300);
});

t.test('a dead API server is a clear error', async (t) => {
  const dead = await startKubernetesDouble();
  const kubernetes = createKubernetes({ kubeconfig: dead.kubeconfig });
  await dead.down();
  t.teardown(() => dead.close());

  t.match(await failureOf(kubernetes.namespace('shop')), {
    code: 'LK-KUBERNETES',
    message: /cannot be reached \(ECONNREFUSED\)/,
  });
});
