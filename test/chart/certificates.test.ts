// Who makes certificates and the installation's key.

import t from 'tap';

import { render, type Manifest } from './render.ts';

t.test('cert-manager: a CA of its own, and the injection of caBundle', async (t) => {
  const manifests = render({ tls: { mode: 'cert-manager' } });

  t.same(
    manifests.names.filter((name) => /^(Certificate|Issuer|Secret)\//.test(name)),
    [
      'Certificate/latchkey-certificate',
      'Certificate/latchkey-certificate-ca',
      'Issuer/latchkey-certificate-ca',
      'Issuer/latchkey-certificate-ca-self-signed',
      'Secret/latchkey-key',
    ],
  );
  for (const kind of ['Mutating', 'Validating']) {
    const { annotations } = manifests.get(`${kind}WebhookConfiguration/latchkey`).metadata;
    t.same(annotations, { 'cert-manager.io/inject-ca-from': 'latchkey/latchkey-certificate' });
  }
  const { spec } = manifests.get('Certificate/latchkey-certificate');
  t.ok(spec.dnsNames.includes('latchkey.latchkey.svc'));
  t.equal(spec.secretName, 'latchkey-certificate');
  const { volumes } = manifests.get('Deployment/latchkey-serve').spec.template.spec;
  t.equal(volumes[0].secret.secretName, 'latchkey-certificate');
  t.same(spec.issuerRef, { name: 'latchkey-certificate-ca', kind: 'Issuer', group: 'cert-manager.io' });
  t.notOk(manifests.names.includes('ValidatingAdmissionPolicy/latchkey-registration'));
  t.notMatch(JSON.stringify(manifests.get('ClusterRole/latchkey-controller')), 'admissionregistration');
});

t.test('cert-manager with an issuer of yours', async (t) => {
  const issuerRef = { name: 'company', kind: 'ClusterIssuer' };
  const manifests = render({ tls: { mode: 'cert-manager', certManager: { issuerRef } } });

  t.same(manifests.get('Certificate/latchkey-certificate').spec.issuerRef, issuerRef);
  t.notOk(manifests.names.includes('Issuer/latchkey-certificate-ca'));
});

t.test('files: your Secret is mounted, and caBundle is yours too', async (t) => {
  const files = { existingSecret: 'my-tls', caBundle: 'Q0E=' };
  const manifests = render({ tls: { mode: 'files', files } });

  const { volumes } = manifests.get('Deployment/latchkey-serve').spec.template.spec;
  t.equal(volumes[0].secret.secretName, 'my-tls');
  t.equal(manifests.get('MutatingWebhookConfiguration/latchkey').webhooks[0].clientConfig.caBundle, 'Q0E=');
  t.equal(manifests.get('ValidatingWebhookConfiguration/latchkey').webhooks[0].clientConfig.caBundle, 'Q0E=');
  t.same(
    manifests.names.filter((name) => name.startsWith('Secret/')),
    ['Secret/latchkey-key'],
  );
});

t.test('a key of yours: mounted, none made, and the controller may not write it', async (t) => {
  const manifests = render({ installationKey: { existingSecret: 'my-key' } });

  const { volumes } = manifests.get('Deployment/latchkey-serve').spec.template.spec;
  t.equal(volumes[1].secret.secretName, 'my-key');
  t.notOk(manifests.names.includes('Secret/latchkey-key'));
  const { rules } = manifests.get('Role/latchkey-controller');
  const writable = rules
    .filter(({ verbs }: Manifest) => verbs.includes('update'))
    .flatMap((rule: Manifest) => rule.resourceNames);
  t.same(writable, ['latchkey-ca', 'latchkey-tls', 'latchkey-controller']);
});

t.test('the key, and nothing else, outlives the release where that is wished', async (t) => {
  const kept = render({ installationKey: { keep: true } }).all.filter(
    ({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep',
  );

  t.same(
    kept.map(({ metadata }: Manifest) => metadata.name),
    ['latchkey-key'],
  );
});
