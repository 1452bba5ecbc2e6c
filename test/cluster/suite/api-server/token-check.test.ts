// `serve` with the chart's rights: ready where the policy about tokens binds its user, and not before.

import t, { type Test } from 'tap';

import { builtProgram } from '../../../support/built-program.ts';
import { startWebhook, type WebhookProcess } from '../../../support/webhook-process.ts';
import {
  BY_POLICY,
  installPolicies,
  tokenRequest,
  type InstalledPolicies,
} from '../../support/chart-policies.ts';
import { eventually } from '../../support/eventually.ts';

const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const FORBIDDEN = { audiences: ['must-be-refused.latchkey.dev'] };
/** How every token of the API server begins. */
const ANY_TOKEN = /eyJ/;

async function startServe(t: Test, { serveKubeconfig }: InstalledPolicies): Promise<WebhookProcess> {
  const serve = await startWebhook({
    program: builtProgram(),
    kubeconfig: serveKubeconfig,
    // As in a pod, where it is the default.
    flags: ['--token-check=required', '--region', 'eu-central-1'],
  });
  t.teardown(() => serve.stop());
  return serve;
}

async function page({ healthUrl }: WebhookProcess, path: string) {
  const response = await fetch(`${healthUrl}${path}`);
  return { status: response.status, text: await response.text() };
}

async function ready(serve: WebhookProcess): Promise<void> {
  await eventually(async () => (await page(serve, '/readyz')).status === 200, 'serve is ready');
}

/** What a user is told who asks for the token of the check. */
async function askedByHand({ serve, own, release }: InstalledPolicies) {
  return await serve.send('POST', `${own}/serviceaccounts/${release}-serve/token`, tokenRequest(FORBIDDEN));
}

for (const byRoles of [false, true]) {
  t.test(`ready with the chart's policies and ${byRoles ? 'Roles' : 'ClusterRoles'}`, async (t) => {
    const installed = await installPolicies({ byRoles });
    t.teardown(() => installed.close());

    const serve = await startServe(t, installed);

    await ready(serve);
    t.match(serve.output(), '"msg":"token check passed"');
    t.match((await page(serve, '/metrics')).text, /^latchkey_token_check_passed 1$/m);
    const { status, body } = await askedByHand(installed);
    t.equal(status, 403);
    t.match(body.message, BY_POLICY);
    t.match(body.message, 'one audience of tokenAudiences only');
  });
}

t.test('without the binding it is not ready and says why; with it, it is, by itself', async (t) => {
  const installed = await installPolicies();
  t.teardown(() => installed.close());
  const { api, release } = installed;
  const binding = await api.get(`${BINDINGS}/${release}-tokens`);
  await api.remove(`${BINDINGS}/${release}-tokens`);
  await eventually(async () => (await askedByHand(installed)).status === 201, 'the binding is gone');

  const serve = await startServe(t, installed);
  await eventually(() => serve.output().includes('"msg":"token check failed"'), 'it says why');
  const waiting = await page(serve, '/readyz');
  const counted = await page(serve, '/metrics');
  const { name, labels } = binding.metadata;
  await api.create(BINDINGS, { metadata: { name, labels }, spec: binding.spec });
  await ready(serve);

  t.equal(waiting.status, 503);
  t.match(waiting.text, /^token-check: the API server handed out a token .* \[LK-TOKEN-CHECK\]$/m);
  t.match(counted.text, /^latchkey_token_check_passed 0$/m);
  t.match(serve.output(), `"remedy":"Install the chart's ValidatingAdmissionPolicy`);
  t.match(serve.output(), `system:serviceaccount:${release}:${release}-serve`);
  t.equal(serve.output().match(/token check failed/g)?.length, 1, 'told once');
  t.match(serve.output(), '"msg":"token check passed"');
  t.notMatch(serve.output(), ANY_TOKEN);
});

t.test('a refusal by RBAC does not count: it says nothing about a policy', async (t) => {
  const installed = await installPolicies({ byRoles: true });
  t.teardown(() => installed.close());
  const { api, release } = installed;
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${release}/rolebindings`;
  await api.remove(`${roles}/${release}-serve`);
  await eventually(
    async () => / cannot create resource /.test((await askedByHand(installed)).body.message),
    'the right is gone',
  );

  const serve = await startServe(t, installed);
  await eventually(() => serve.output().includes('"msg":"token check failed"'), 'it says why');

  t.match(await page(serve, '/readyz'), { status: 503, text: /^token-check: RBAC refused/m });
  t.match(serve.output(), 'create serviceaccounts/token of its own name');
});
