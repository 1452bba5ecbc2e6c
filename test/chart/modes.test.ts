// Who may ask for what, where: what differs from the defaults.

import t from 'tap';

import { containerOf, flagsOf, render, template, type Manifest } from './render.ts';

const POLICY = { version: 1, rules: [{ namespaces: { names: ['shop'] }, names: ['ssm:/shop/**'] }] };
const PAID = { key: 'paid', operator: 'Exists' };
const ROLE = 'arn:aws:iam::111122223333:role/latchkey';

t.test('another release name: everything begins with latchkey', async (t) => {
  const manifests = render({}, { release: 'zz-secrets', namespace: 'security' });

  for (const name of manifests.names) t.match(name, /\/latchkey-zz-secrets/);
  const { clientConfig } = manifests.get('MutatingWebhookConfiguration/latchkey-zz-secrets').webhooks[0];
  t.match(clientConfig.service, { name: 'latchkey-zz-secrets', namespace: 'security' });
  t.match(manifests.text, 'system:serviceaccount:security:latchkey-zz-secrets-serve');
});

t.test('a list of namespaces: Roles there, nothing cluster-wide but the registration', async (t) => {
  const manifests = render({ namespaces: ['shop', 'billing'] });

  t.same(
    manifests.names.filter((name) => /Role\//.test(name)),
    [
      'ClusterRole/latchkey-controller',
      'Role/billing/latchkey-controller',
      'Role/billing/latchkey-serve',
      'Role/latchkey-controller',
      'Role/latchkey-serve',
      'Role/shop/latchkey-controller',
      'Role/shop/latchkey-serve',
    ],
  );
  t.same(manifests.get('ClusterRole/latchkey-controller').rules, [
    {
      apiGroups: ['admissionregistration.k8s.io'],
      resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
      resourceNames: ['latchkey'],
      verbs: ['get', 'patch'],
    },
  ]);
  t.notMatch(JSON.stringify(manifests.get('Role/shop/latchkey-serve').rules), 'nodes');
  const [webhook] = manifests.get('MutatingWebhookConfiguration/latchkey').webhooks;
  t.same(webhook.namespaceSelector.matchExpressions[0], {
    key: 'kubernetes.io/metadata.name',
    operator: 'In',
    values: ['billing', 'shop'],
  });
  const { validations } = manifests.get('ValidatingAdmissionPolicy/latchkey-tokens').spec;
  t.equal(validations.at(-1).expression, "request.namespace in ['billing', 'shop']");
});

t.test('a list of namespaces and a certificate from elsewhere: no ClusterRole at all', async (t) => {
  const manifests = render({ namespaces: ['shop'], tls: { mode: 'cert-manager' } });

  t.same(
    manifests.names.filter((name) => name.startsWith('ClusterRole')),
    [],
  );
});

t.test('identity=controller: its own role, a policy, and no right to request tokens', async (t) => {
  const manifests = render({ identity: { mode: 'controller', roleArn: ROLE }, policy: { content: POLICY } });

  t.same(manifests.get('ServiceAccount/latchkey-serve').metadata.annotations, {
    'eks.amazonaws.com/role-arn': ROLE,
  });
  t.equal(manifests.get('ServiceAccount/latchkey-controller').metadata.annotations, undefined);
  t.match(flagsOf(manifests.get('Deployment/latchkey-serve')), {
    '--identity': 'controller',
    '--policy-file': '/etc/latchkey/policy/policy.yaml',
  });
  t.notMatch(JSON.stringify(manifests.get('ClusterRole/latchkey-serve')), 'serviceaccounts/token');
  t.notOk(manifests.names.includes('ValidatingAdmissionPolicy/latchkey-tokens'));
});

t.test('a policy file: a ConfigMap that is mounted, so that a change needs no restart', async (t) => {
  const manifests = render({ policy: { content: POLICY } });

  const { data } = manifests.get('ConfigMap/latchkey-policy');
  t.equal(
    data['policy.yaml'],
    'rules:\n- names:\n  - ssm:/shop/**\n  namespaces:\n    names:\n    - shop\nversion: 1\n',
  );
  const deployment = manifests.get('Deployment/latchkey-serve');
  const mount = containerOf(deployment).volumeMounts.find(({ name }: Manifest) => name === 'policy');
  t.match(mount, { mountPath: '/etc/latchkey/policy', readOnly: true, subPath: undefined });
});

t.test('a policy of yours', async (t) => {
  const manifests = render({ policy: { existingConfigMap: 'my-policy' } });

  const volume = manifests
    .get('Deployment/latchkey-serve')
    .spec.template.spec.volumes.find(({ name }: Manifest) => name === 'policy');
  t.equal(volume.configMap.name, 'my-policy');
});

t.test('plaintext behind a NetworkPolicy', async (t) => {
  const webhookFrom = [{ ipBlock: { cidr: '10.1.0.0/28' } }];
  const manifests = render({
    delivery: { allowPlaintext: true, default: 'plaintext' },
    callerAuth: { mode: 'network' },
    networkPolicy: { webhookFrom },
  });

  t.match(flagsOf(manifests.get('Deployment/latchkey-serve')), {
    '--allow-plaintext': true,
    '--caller-auth': 'network',
    '--default-delivery': 'plaintext',
  });
  const [webhook] = manifests.get('NetworkPolicy/latchkey-serve').spec.ingress;
  t.same(webhook, { ports: [{ port: 8443, protocol: 'TCP' }], from: webhookFrom });
});

t.test('plaintext behind client certificates', async (t) => {
  const manifests = render({
    delivery: { allowPlaintext: true },
    callerAuth: { mode: 'client-cert', clientCAConfigMap: 'front' },
  });

  const deployment = manifests.get('Deployment/latchkey-serve');
  t.match(flagsOf(deployment), {
    '--caller-auth': 'client-cert',
    '--client-ca': '/etc/latchkey/client-ca/ca.crt',
  });
  t.ok(
    containerOf(deployment).volumeMounts.some(
      ({ mountPath }: Manifest) => mountPath === '/etc/latchkey/client-ca',
    ),
  );
});

t.test('the safety net can warn, or be left out', async (t) => {
  const warns = render({ safetyNet: { mode: 'warn' } });
  const off = render({ safetyNet: { mode: 'off' } });

  t.same(warns.get('ValidatingAdmissionPolicyBinding/latchkey-safety-net').spec.validationActions, [
    'Warn',
    'Audit',
  ]);
  t.notMatch(off.text, 'safety-net');
});

t.test('further namespaces can be left out, and labels asked for', async (t) => {
  const manifests = render({
    excludedNamespaces: ['monitoring', 'kube-system'],
    webhook: {
      namespaceSelector: { matchLabels: { stage: 'prod' }, matchExpressions: [PAID] },
      failurePolicy: 'Ignore',
      timeoutSeconds: 5,
    },
  });

  const [webhook] = manifests.get('MutatingWebhookConfiguration/latchkey').webhooks;
  t.same(webhook.namespaceSelector.matchLabels, { stage: 'prod' });
  t.same(webhook.namespaceSelector.matchExpressions[0].values, [
    'kube-system',
    'kube-node-lease',
    'latchkey',
    'monitoring',
  ]);
  t.same(webhook.namespaceSelector.matchExpressions.at(-1), PAID);
  t.match(webhook, { failurePolicy: 'Ignore', timeoutSeconds: 5 });
  t.match(
    manifests.get('ValidatingAdmissionPolicy/latchkey-tokens').spec.validations[3].expression,
    "'monitoring'",
  );
});

t.test('audiences are those of the policy too', async (t) => {
  const manifests = render({ tokenAudiences: ['sts.amazonaws.com', 'sts.amazonaws.com.cn'] });

  const { '--token-audiences': flag } = flagsOf(manifests.get('Deployment/latchkey-serve'));
  t.equal(flag, 'sts.amazonaws.com,sts.amazonaws.com.cn');
  const [{ expression }] = manifests.get('ValidatingAdmissionPolicy/latchkey-tokens').spec.validations;
  t.match(expression, "object.spec.audiences[0] in ['sts.amazonaws.com', 'sts.amazonaws.com.cn']");
});

t.test('every mode renders the same bytes twice', async (t) => {
  const values = {
    namespaces: ['b', 'a'],
    policy: { content: POLICY },
    commonLabels: { z: '1', a: '2' },
    extraCA: { pem: 'A' },
    tls: { mode: 'cert-manager' },
  };

  t.equal(template(values).stdout, template(values).stdout);
});

t.test('what is switched off is not there', async (t) => {
  const manifests = render({
    workloadChecks: { enabled: false },
    leastPower: { enabled: false },
    networkPolicy: { enabled: false },
    serve: { podDisruptionBudget: { enabled: false } },
  });

  t.same(
    manifests.names.filter((name) => /^(Validating|NetworkPolicy|PodDisruption)/.test(name)),
    ['ValidatingAdmissionPolicy/latchkey-safety-net', 'ValidatingAdmissionPolicyBinding/latchkey-safety-net'],
  );
});
