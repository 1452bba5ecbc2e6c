// `npm run demo`: the real server, a store file instead of AWS, and this script in the place of the API server, which
// it plays in both directions over TLS. No cluster, no AWS, nothing left behind.

import { readFile } from 'node:fs/promises';

import { createTwoFilesPatch } from 'diff';
import { parseAllDocuments, stringify } from 'yaml';

import {
  applied,
  createAdmissionClient,
  podOfDeployment,
  type AdmissionAnswer,
  type Raw,
} from '../../test/support/admission-client.ts';
import { startKubernetesDouble } from '../../test/support/kubernetes-double.ts';
import { startWebhook } from '../../test/support/webhook-process.ts';
import { heading, say, show } from './print.ts';

const EXAMPLES = new URL('..', import.meta.url);
const NAMESPACE = 'staging';

const kubernetes = await startKubernetesDouble();
kubernetes.addNamespace(NAMESPACE);
kubernetes.addServiceAccount(NAMESPACE, 'test-app');
const replicaSet = kubernetes.addOwner('ReplicaSet', NAMESPACE, 'test-app-6d4cf56db6');
const webhook = await startWebhook({
  kubeconfig: kubernetes.kubeconfig,
  flags: ['--store-file', new URL('secrets.yaml', EXAMPLES).pathname, '--region', 'ap-northeast-1'],
});
const client = createAdmissionClient({ url: webhook.url, ca: webhook.ca });

try {
  const deployment = await readDeployment('deployment.yaml');
  const pod = podOfDeployment(deployment, {
    name: replicaSet.metadata.name,
    uid: replicaSet.metadata.uid,
  });
  const answer = await demonstrateAdmission(pod);
  demonstratePatch(answer);
  demonstrateSecret();
  await demonstrateDryRun(pod);
  await demonstrateRefusal(pod);
  say('');
  say('That was `latchkey serve` over TLS. Next: docs/annotations.md, or put your own manifest through');
  say('`npx latchkey render -f FILE --store-file examples/secrets.yaml --region ap-northeast-1 -o diff`.');
} finally {
  client.close();
  await webhook.stop();
  await kubernetes.close();
}

async function readDeployment(file: string): Promise<Raw> {
  const documents = parseAllDocuments(await readFile(new URL(file, EXAMPLES), 'utf8'));
  const found = documents.map((document) => document.toJS() as Raw).find(({ kind }) => kind === 'Deployment');
  if (found === undefined) throw new Error(`examples/${file} holds no Deployment`);
  (found['metadata'] as Raw)['namespace'] = NAMESPACE;
  return found;
}

async function demonstrateAdmission(pod: Raw): Promise<AdmissionAnswer> {
  heading('1. A Deployment whose pods ask for secrets');
  say('The ReplicaSet controller creates a pod; the API server asks the webhook:');
  show(stringify(pod));
  const answer = await client.review(pod);
  heading('2. The pod that is stored: before and after');
  const after = applied(pod, answer);
  show(createTwoFilesPatch('before', 'after', stringify(pod), stringify(after), '', '', { context: 2 }));
  return answer;
}

function demonstratePatch(answer: AdmissionAnswer): void {
  heading('3. The JSON patch (it goes to the audit log, so no value is in it)');
  for (const operation of answer.patch ?? []) show(JSON.stringify(operation));
}

function demonstrateSecret(): void {
  heading('4. What the webhook created before it answered');
  for (const { metadata, ...secret } of kubernetes.secrets(NAMESPACE)) {
    say(`Secret ${metadata.name}, ${secret['immutable'] === true ? 'immutable' : 'mutable'}, with these keys:`);
    const data = (secret['data'] ?? {}) as Record<string, string>;
    for (const [key, value] of Object.entries(data)) say(`  ${key}: [${Buffer.from(value, 'base64').length} bytes]`);
    say('and for people who look at it later:');
    show(metadata.annotations?.['latchkey.dev/references'] ?? '');
  }
}

async function demonstrateDryRun(pod: Raw): Promise<void> {
  heading('5. The same with --dry-run=server');
  const before = kubernetes.secrets(NAMESPACE).length;
  const answer = await client.review(pod, { dryRun: true });
  const created = kubernetes.secrets(NAMESPACE).length - before;
  say(`allowed: ${answer.allowed}, operations: ${answer.patch?.length ?? 0}, Secrets created: ${created}`);
}

async function demonstrateRefusal(pod: Raw): Promise<void> {
  heading('6. A pod that asks for what is not there is refused, with what to do');
  const wrong = structuredClone(pod) as Raw & { metadata: { annotations: Record<string, string> } };
  wrong.metadata.annotations['latchkey.dev/env.API_KEY'] = 'ssm:/staging/test-app/API_KEY';
  wrong.metadata.annotations['latchkey.dev/evn.TYPO'] = 'ssm:/staging/test-app/TEST_VALUE';
  const first = await client.review(wrong);
  say(first.status?.message ?? '');
  delete wrong.metadata.annotations['latchkey.dev/evn.TYPO'];
  const second = await client.review(wrong);
  say(second.status?.message ?? '');
}
