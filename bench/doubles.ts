// Kubernetes and AWS as doubles, in a process of their own so that they take no time from what is measured. The bench asks
// it over the process's channel: see doubles-process.ts.

import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { startAwsDouble } from '../test/support/aws-double.ts';
import { ACCOUNT, REGION } from './constants.ts';
import { addDefinition } from './definitions.ts';
import { startKubernetesDouble } from '../test/support/kubernetes-double.ts';
import type { Answer, Counts, Question } from './doubles-process.ts';

const served = { 'kubernetes-client.io': ['v1'], 'external-secrets.io': ['v1'] };
const kubernetes = await startKubernetesDouble({ served, adoption: true });
const aws = await startAwsDouble({ oidc: kubernetes.oidc, account: ACCOUNT });
const busy = timeSpentServing(Number(new URL(aws.url).port));

for (const name of ['/staging/test-app/TEST_VALUE', ...names('/bench/p')]) {
  aws.ssm.put(name, `value of ${name}`, { region: REGION });
}
for (const name of names('bench/s')) aws.secrets.put(name, `value of ${name}`, { region: REGION });
aws.secrets.put('staging/db', JSON.stringify({ password: 'p@ss word' }), { region: REGION });
aws.secrets.put('staging/tls', JSON.stringify({ key: 'k'.repeat(1700) }), { region: REGION });
kubernetes.addNode('node-1');

process.on('message', ({ id, question }: { id: number; question: Question }) => {
  process.send?.({ id, answer: answer(question) });
});
process.once('disconnect', () => {
  void Promise.all([kubernetes.close(), aws.close()]).then(() => process.exit());
});
process.send?.({ kubeconfig: kubernetes.kubeconfig, awsUrl: aws.url });

function names(prefix: string): readonly string[] {
  return Array.from({ length: 12 }, (_, n) => `${prefix}${n}`);
}

function answer(question: Question): Answer {
  switch (question.kind) {
    case 'account':
      return addAccount(question.namespace, question.name);
    case 'owner':
      return kubernetes.addOwner('ReplicaSet', question.namespace, question.name).metadata.uid;
    case 'definition':
      return addDefinition(kubernetes, question);
    case 'token':
      return issueToken(question.namespace, question.name);
    case 'dead':
      aws.fault({}, { kind: 'hang' });
      return '';
    case 'forget':
      aws.forgetCalls();
      kubernetes.resetCalls();
      busy.reset();
      return '';
    default:
      return counts();
  }
}

/** A service account with a role that trusts it; answers with the role. */
function addAccount(namespace: string, name: string): string {
  const arn = `arn:aws:iam::${ACCOUNT}:role/${name}`;
  kubernetes.addServiceAccount(namespace, name, { annotations: { 'eks.amazonaws.com/role-arn': arn } });
  aws.role(arn, { trust: [{ subject: `system:serviceaccount:${namespace}:${name}` }] });
  return arn;
}

function issueToken(namespace: string, serviceAccount: string): string {
  const claims = { namespace, serviceAccount, uid: '1', audience: 'sts.amazonaws.com' };
  return kubernetes.tokens.issue({ ...claims, expirationSeconds: 3600 }).token;
}

function counts(): Counts {
  return {
    assumeRole: aws.count('sts:AssumeRoleWithWebIdentity'),
    getParameters: aws.count('ssm:GetParameters'),
    getSecretValue: aws.count('secretsmanager:GetSecretValue'),
    awsCalls: aws.count(),
    tokenRequests: kubernetes.calls('/token'),
    secretPosts: kubernetes.calls(/^POST .*\/secrets$/),
    secrets: kubernetes.secrets().length,
    kubernetesCalls: kubernetes.calls(''),
    awsServingMs: busy.ms(),
  };
}

/** How long the server on this port had requests at work, one after the other, in ms. */
function timeSpentServing(port: number) {
  const began = new WeakMap<object, number>();
  let total = 0;
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    if (request.socket.localPort === port) began.set(request, performance.now());
  });
  subscribe('http.server.response.finish', (message) => {
    const started = began.get((message as { request: IncomingMessage }).request);
    if (started !== undefined) total += performance.now() - started;
  });
  return {
    ms: () => total,
    reset() {
      total = 0;
    },
  };
}
