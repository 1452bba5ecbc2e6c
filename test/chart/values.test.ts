// What the chart refuses, and what it says then.

import t from 'tap';

import { CHART, runHelm, template } from './render.ts';

t.test('helm lint finds nothing wrong', async (t) => {
  const { code, stdout } = runHelm(['lint', '--strict', CHART]);

  t.equal(code, 0, stdout);
});

const UNKNOWN: readonly (readonly [values: object, words: string])[] = [
  [{ replicas: 3 }, "additional properties 'replicas' not allowed"],
  [{ serve: { replica: 3 } }, "at '/serve': additional properties 'replica' not allowed"],
  [{ serve: { ports: { https: 1 } } }, "at '/serve/ports': additional properties 'https' not allowed"],
  [{ policy: { content: { version: 1, rule: [] } } }, "at '/policy/content'"],
  [{ networkPolicy: { webhookFrom: [{ cidr: '10.0.0.0/8' }] } }, "additional properties 'cidr' not allowed"],
];

for (const [values, words] of UNKNOWN) {
  t.test(`a value that does not exist is refused: ${JSON.stringify(values)}`, async (t) => {
    const { code, stderr } = template(values);

    t.not(code, 0);
    t.match(stderr, words);
  });
}

const WRONG: readonly (readonly [values: object, place: string])[] = [
  [{ tls: { mode: 'manual' } }, '/tls/mode'],
  [{ webhook: { timeoutSeconds: 31 } }, '/webhook/timeoutSeconds'],
  [{ webhook: { failurePolicy: 'fail' } }, '/webhook/failurePolicy'],
  [{ tokenAudiences: [] }, '/tokenAudiences'],
  [{ tokenAudiences: ["a'] || true"] }, '/tokenAudiences/0'],
  [{ namespaces: ["a'] || true"] }, '/namespaces/0'],
  [{ excludedNamespaces: ['A'] }, '/excludedNamespaces/0'],
  [{ image: { digest: 'sha256:1234' } }, '/image/digest'],
  [{ aws: { region: 'Frankfurt' } }, '/aws/region'],
  [{ aws: { cacheTtl: 30 } }, '/aws/cacheTtl'],
  [{ identity: { roleArn: 'shop' } }, '/identity/roleArn'],
  [{ fullnameOverride: 'Latch Key' }, '/fullnameOverride'],
  [{ safetyNet: { mode: false } }, '/safetyNet/mode'],
];

for (const [values, place] of WRONG) {
  t.test(`a value of a wrong form is refused where it stands: ${JSON.stringify(values)}`, async (t) => {
    const { code, stderr } = template(values);

    t.not(code, 0);
    t.match(stderr, `at '${place}'`);
  });
}

const TOGETHER: readonly (readonly [values: object, words: string])[] = [
  [{ identity: { mode: 'controller' } }, 'identity.mode=controller reads only what a policy allows'],
  [{ identity: { roleArn: 'arn:aws:iam::111122223333:role/x' } }, 'it needs identity.mode=controller'],
  [{ delivery: { default: 'plaintext' } }, 'needs delivery.allowPlaintext'],
  [{ delivery: { allowPlaintext: true } }, 'set callerAuth.mode'],
  [{ callerAuth: { mode: 'network' } }, 'needs networkPolicy.enabled'],
  [{ callerAuth: { mode: 'client-cert' } }, 'needs callerAuth.clientCAConfigMap'],
  [{ tls: { mode: 'files' } }, 'tls.files.existingSecret is needed'],
  [{ tls: { files: { caBundle: 'QQ==' } } }, 'is for tls.mode=files'],
  [{ namespaces: ['kube-system'] }, 'kube-system never reaches the webhook'],
  [{ namespaces: ['shop'], excludedNamespaces: ['shop'] }, 'shop never reaches the webhook'],
  [{ policy: { content: { version: 1, rules: [] }, existingConfigMap: 'x' } }, 'exclude each other'],
  [{ extraCA: { pem: 'x', existingConfigMap: 'x' } }, 'exclude each other'],
  [{ fullnameOverride: 'secrets' }, 'must sort before pod-identity-webhook'],
];

for (const [values, words] of TOGETHER) {
  t.test(`values that do not go together are refused: ${JSON.stringify(values)}`, async (t) => {
    const { code, stderr } = template(values);

    t.not(code, 0);
    t.match(stderr, words);
  });
}

t.test("a cluster older than 1.30 is refused, and a vendor's version of 1.30 is not", async (t) => {
  t.match(template({}, { kubeVersion: '1.29.9' }).stderr, 'kubeVersion: >=1.30.0-0');
  t.equal(template({}, { kubeVersion: '1.30.0-eks-a737599' }).code, 0);
});
