// What the chart makes of nothing but its defaults.

import t from 'tap';

import { containerOf, flagsOf, render, type Manifest, variablesOf } from './render.ts';

const manifests = render();

t.test('the whole list of what is made', async (t) => {
  t.same(manifests.names, [
    'ClusterRole/latchkey-controller',
    'ClusterRole/latchkey-serve',
    'ClusterRoleBinding/latchkey-controller',
    'ClusterRoleBinding/latchkey-serve',
    'Deployment/latchkey-controller',
    'Deployment/latchkey-serve',
    'Job/latchkey-uninstall',
    'MutatingWebhookConfiguration/latchkey',
    'NetworkPolicy/latchkey-controller',
    'NetworkPolicy/latchkey-serve',
    'PodDisruptionBudget/latchkey-serve',
    'Role/latchkey-controller',
    'RoleBinding/latchkey-controller',
    'Secret/latchkey-ca',
    'Secret/latchkey-key',
    'Secret/latchkey-tls',
    'Service/latchkey',
    'ServiceAccount/latchkey-controller',
    'ServiceAccount/latchkey-serve',
    'ValidatingAdmissionPolicy/latchkey-registration',
    'ValidatingAdmissionPolicy/latchkey-safety-net',
    'ValidatingAdmissionPolicy/latchkey-secrets',
    'ValidatingAdmissionPolicy/latchkey-tokens',
    'ValidatingAdmissionPolicyBinding/latchkey-registration',
    'ValidatingAdmissionPolicyBinding/latchkey-safety-net',
    'ValidatingAdmissionPolicyBinding/latchkey-secrets',
    'ValidatingAdmissionPolicyBinding/latchkey-tokens',
    'ValidatingWebhookConfiguration/latchkey',
  ]);
});

t.test('two renders give the same bytes', async (t) => {
  t.equal(render().text, manifests.text);
});

t.test('no caBundle and no content of a Secret is rendered', async (t) => {
  t.notMatch(manifests.text, /^\s*caBundle:/m);
  for (const name of ['ca', 'tls', 'key']) {
    const secret = manifests.get(`Secret/latchkey-${name}`);
    t.same(Object.keys(secret).toSorted(), ['apiVersion', 'kind', 'metadata', 'type']);
    t.equal(secret.type, 'Opaque');
  }
});

t.test('nothing outlives the release', async (t) => {
  t.notMatch(manifests.text, 'helm.sh/resource-policy');
});

t.test('the webhook is registered as the contract says', async (t) => {
  const [webhook, ...more] = manifests.get('MutatingWebhookConfiguration/latchkey').webhooks;

  t.same(more, []);
  t.match(webhook, {
    name: 'pods.latchkey.dev',
    admissionReviewVersions: ['v1'],
    clientConfig: { service: { name: 'latchkey', namespace: 'latchkey', path: '/mutate/pods', port: 443 } },
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
    failurePolicy: 'Fail',
    reinvocationPolicy: 'IfNeeded',
    sideEffects: 'NoneOnDryRun',
    matchPolicy: 'Equivalent',
    timeoutSeconds: 10,
  });
  t.same(webhook.namespaceSelector.matchExpressions, [
    {
      key: 'kubernetes.io/metadata.name',
      operator: 'NotIn',
      values: ['kube-system', 'kube-node-lease', 'latchkey'],
    },
    { key: 'latchkey.dev/injection', operator: 'NotIn', values: ['disabled'] },
  ]);
  t.same(webhook.objectSelector.matchExpressions, [
    { key: 'latchkey.dev/injection', operator: 'NotIn', values: ['disabled'] },
  ]);
  t.same(
    webhook.matchConditions.map(({ name }: Manifest) => name),
    ['asks', 'not-opted-out', 'not-a-mirror-pod'],
  );
});

t.test('the safety net has the same selection as the webhook', async (t) => {
  const [webhook] = manifests.get('MutatingWebhookConfiguration/latchkey').webhooks;
  const { matchConstraints, matchConditions } = manifests.get(
    'ValidatingAdmissionPolicy/latchkey-safety-net',
  ).spec;

  t.same(matchConditions, webhook.matchConditions);
  t.same(matchConstraints.namespaceSelector, webhook.namespaceSelector);
  t.same(matchConstraints.objectSelector, webhook.objectSelector);
});

t.test('every policy fails closed, and has a binding that denies', async (t) => {
  const policies = manifests.all.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
  t.not(policies.length, 0);

  for (const { metadata, spec } of policies) {
    const { spec: binding } = manifests.get(`ValidatingAdmissionPolicyBinding/${metadata.name}`);
    t.equal(spec.failurePolicy, 'Fail');
    t.equal(binding.policyName, metadata.name);
    t.same(binding.validationActions, ['Deny', 'Audit']);
  }
});

for (const name of ['serve', 'controller']) {
  t.test(`the pods of ${name} need no root, no capability and no file to write`, async (t) => {
    const deployment = manifests.get(`Deployment/latchkey-${name}`);
    const { spec } = deployment.spec.template;

    t.match(spec, {
      serviceAccountName: `latchkey-${name}`,
      enableServiceLinks: false,
      priorityClassName: 'system-cluster-critical',
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    });
    t.same(containerOf(deployment).securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    t.ok(containerOf(deployment).resources.limits.memory);
  });

  t.test(`the selector of ${name} finds its pods and no others`, async (t) => {
    const other = name === 'serve' ? 'controller' : 'serve';
    const { selector, template } = manifests.get(`Deployment/latchkey-${name}`).spec;

    t.match(template.metadata.labels, selector.matchLabels);
    t.notMatch(
      manifests.get(`Deployment/latchkey-${other}`).spec.template.metadata.labels,
      selector.matchLabels,
    );
  });
}

t.test('two replicas over zones and nodes, of which one may be away', async (t) => {
  const { replicas, strategy, template } = manifests.get('Deployment/latchkey-serve').spec;

  t.equal(replicas, 2);
  t.same(strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
  t.same(
    template.spec.topologySpreadConstraints.map(({ topologyKey }: Manifest) => topologyKey),
    ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
  );
  t.equal(manifests.get('PodDisruptionBudget/latchkey-serve').spec.maxUnavailable, 1);
});

t.test('a pod has the time to end that its flags need', async (t) => {
  const deployment = manifests.get('Deployment/latchkey-serve');
  const flags = flagsOf(deployment);

  t.equal(flags['--shutdown-delay'], '5s');
  t.equal(flags['--shutdown-grace'], '20s');
  t.equal(deployment.spec.template.spec.terminationGracePeriodSeconds, 30);
});

t.test('a pod waits for Secrets that are still empty', async (t) => {
  const { volumes } = manifests.get('Deployment/latchkey-serve').spec.template.spec;
  const keys = volumes.map(({ secret }: Manifest) => [
    secret.secretName,
    secret.optional,
    secret.items.map(({ key }: Manifest) => key),
  ]);

  t.same(keys, [
    ['latchkey-tls', undefined, ['tls.crt', 'tls.key']],
    ['latchkey-key', undefined, ['key']],
  ]);
});

t.test('the fetch image is the image', async (t) => {
  const deployment = manifests.get('Deployment/latchkey-serve');

  t.equal(containerOf(deployment).image, 'latchkey:0.1.0');
  t.equal(variablesOf(deployment)['LATCHKEY_FETCH_IMAGE'], 'latchkey:0.1.0');
  t.equal(containerOf(manifests.get('Deployment/latchkey-controller')).image, 'latchkey:0.1.0');
});

t.test('the Service leads to the named ports of the webhook', async (t) => {
  const { selector, ports } = manifests.get('Service/latchkey').spec;
  const { template } = manifests.get('Deployment/latchkey-serve').spec;
  const named = template.spec.containers[0].ports.map(({ name }: Manifest) => name);

  t.match(template.metadata.labels, selector);
  t.equal(ports[0].port, 443);
  for (const { targetPort } of ports) t.ok(named.includes(targetPort), targetPort);
});
