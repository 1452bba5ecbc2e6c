import t from 'tap';

import { eventually } from '../../support/eventually.ts';
import type { TestNamespace } from '../../support/namespaces.ts';
import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import { deployment, podOf, podsOf, secretsOf } from '../../support/objects.ts';

// Nothing is remembered: each pod needs AWS, and makes a Secret that its siblings may have made already.
const installation = await startInstallation({ flags: ['--cache-ttl', '0s'] });
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-hunter2', { region: REGION });
const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };

/** What events say about each Deployment. */
async function reasons({ core }: TestNamespace): Promise<readonly string[]> {
  const events = await api.list(`${core}/events`);
  return events.map(({ involvedObject, reason }) => `${involvedObject.name.split('-')[0]} ${reason}`);
}

t.test('a running Deployment scales with what its pods have; a new one waits and recovers', async (t) => {
  const namespace = await installation.namespace();
  await namespace.account('app');
  await namespace.account('other');
  await api.create(`${namespace.apps}/deployments`, deployment({ name: 'old', replicas: 2, annotations }));
  const [pod] = await podsOf(api, namespace, 'old', 2);
  const recover = aws.fault({}, { kind: 'server-error' });
  t.teardown(recover);

  await api.patch(`${namespace.apps}/deployments/old`, { spec: { replicas: 4 } });
  await api.create(
    `${namespace.apps}/deployments`,
    deployment({ name: 'new', annotations, serviceAccount: 'other' }),
  );
  const pods = await podsOf(api, namespace, 'old', 4);
  const said = async (what: string) => (await reasons(namespace)).includes(what);
  await eventually(() => said('new FailedCreate'), 'the new one is refused');
  await eventually(() => said('old SecretsStale'), 'an event says so');
  const before = await api.list(`${namespace.core}/pods?labelSelector=app%3Dnew`);
  recover();
  const after = await podsOf(api, namespace, 'new', 1);

  t.strictSame([...new Set(pods.flatMap(secretsOf))], secretsOf(pod));
  t.strictSame(before, []);
  t.equal(after.length, 1);
});

// More than the workers of a controller: if each held one for as long as AWS is silent, nobody else's pods would come.
const MANY = 10;

t.test("while one identity's AWS is silent, all others are served, and it recovers by itself", async (t) => {
  const namespace = await installation.namespace();
  const dead = await namespace.account('dead');
  await namespace.account('live');
  const recover = aws.fault({ role: dead }, { kind: 'hang' });
  t.teardown(recover);
  const create = async (serviceAccount: string): Promise<readonly string[]> => {
    const names = Array.from({ length: MANY }, (_, index) => `${serviceAccount}${String(index)}`);
    for (const name of names)
      await api.create(`${namespace.apps}/deployments`, deployment({ name, annotations, serviceAccount }));
    return names;
  };

  const waiting = await create('dead');
  const sayAll = async (names: readonly string[], reason: string): Promise<boolean> => {
    const said = new Set(await reasons(namespace));
    return names.every((name) => said.has(`${name} ${reason}`));
  };
  await eventually(() => sayAll(waiting, 'FailedCreate'), 'all of them are refused');
  const others = await create('live');
  for (const name of others) await podsOf(api, namespace, name, 1);
  await eventually(() => sayAll(others, 'SuccessfulCreate'), 'events of those that are served');
  const meanwhile = await api.list(`${namespace.core}/pods`);
  const said = await reasons(namespace);
  recover();
  for (const name of waiting) await podsOf(api, namespace, name, 1);

  t.strictSame(
    meanwhile.map(({ spec }) => spec.serviceAccountName),
    others.map(() => 'live'),
  );
  t.strictSame(
    others.filter((name) => said.includes(`${name} FailedCreate`)),
    [],
    'none of them was ever refused',
  );
});

const REFUSALS = 100;
/** So long at least nobody is asked again who did not answer. */
const SILENCE_MS = 1_500;

for (const [what, action] of [
  ['STS', 'sts:*'],
  ['Parameter Store', 'ssm:*'],
] as const) {
  t.test(`refusals while ${what} is away make no call`, async (t) => {
    const namespace = await installation.namespace();
    const role = await namespace.account('app');
    t.teardown(aws.fault({ role, action }, { kind: 'server-error' }));
    const calls = (): number =>
      aws.calls.filter(({ names, roleArn }) => [roleArn, ...names].includes(role)).length;
    let refused = 0;
    /** Unlike any before, so that no decision is remembered. @returns how many calls it made */
    const refuse = async (): Promise<number> => {
      const before = calls();
      const unlike = { ...annotations, 'example.com/unlike': String((refused += 1)) };
      const pod = podOf({ name: 'app', annotations: unlike });
      const { body } = await api.send('POST', `${namespace.core}/pods`, pod);
      if (!String(body.message).includes('[LK-AWS-AWAY]')) t.fail(body.message);
      return calls() - before;
    };

    t.ok((await refuse()) > 0, 'the first one asks');
    const began = performance.now();
    const asking: number[] = [];
    for (let index = 0; index < REFUSALS; index += 1) asking.push(await refuse());

    const allowed = Math.ceil((performance.now() - began) / SILENCE_MS);
    const asked = asking.filter((count) => count > 0).length;
    t.ok(asked <= allowed, `${String(asked)} of ${String(REFUSALS)} asked`);
  });
}

t.test('refusals of what is wrong or not permitted make no call', async (t) => {
  const namespace = await installation.namespace({
    annotations: { 'latchkey.dev/permitted-names': 'ssm:/other/**' },
  });
  const role = await namespace.account('app');
  const wrong = [
    [{ 'latchkey.dev/env.PASSWORD': 'smm:/shop/password' }, 'LK-UNKNOWN'],
    [{ 'latchkey.dev/envs.PASSWORD': 'ssm:/shop/password' }, 'LK-UNKNOWN'],
    [{ 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' }, 'LK-POLICY'],
  ] as const;

  for (const [annotations, code] of wrong) {
    const { body } = await api.send('POST', `${namespace.core}/pods`, podOf({ name: 'app', annotations }));

    t.match(body.message, `[${code}]`);
  }
  t.strictSame(
    aws.calls.filter(({ names }) => names.includes(role)),
    [],
  );
});
