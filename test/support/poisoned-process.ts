// Runs in a child process whose environment, home directory and metadata endpoint would all give AWS credentials to the
// SDK's default chain. Every way in which Latchkey comes to credentials is walked; each answer is one line of JSON.

import { systemClock } from '../../src/clock.ts';
import { createContainerSession } from '../../src/identity/container-session.ts';
import { createControllerSessions } from '../../src/identity/controller-sessions.ts';
import { createCredentialCache } from '../../src/identity/credential-cache.ts';
import type { Session } from '../../src/identity/identity.ts';
import { createPodSessions } from '../../src/identity/pod-sessions.ts';
import { createSts } from '../../src/identity/sts.ts';
import { createKubernetes } from '../../src/kubernetes/create-kubernetes.ts';
import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork, explicitConfig } from '../../src/stores/aws-config.ts';

export interface PoisonedInput {
  readonly kubeconfig: string;
  readonly endpoint: string;
  readonly roleArn: string;
  readonly nextRoleArn: string;
  readonly tokenFile: string;
  readonly agent: string;
}

const input = JSON.parse(process.argv[2] ?? '{}') as PoisonedInput;
const network = createAwsNetwork({ endpoint: input.endpoint, attempts: 1 });
const clients = createAwsClients(network);
const sts = createSts(network);
const newCache = () => createCredentialCache({ clock: systemClock });
const signal = new AbortController().signal;

const account = (annotations: Readonly<Record<string, string>>) => ({
  namespace: 'shop',
  serviceAccount: { name: 'app', uid: 'uid-app', labels: {}, annotations },
});
const pod = createPodSessions({
  kubernetes: createKubernetes({ kubeconfig: input.kubeconfig }),
  sts,
  cache: newCache(),
  tokenAudiences: ['sts.amazonaws.com'],
});
const withRole = account({ 'eks.amazonaws.com/role-arn': input.roleArn });
const webIdentity = { roleArn: input.roleArn, tokenFile: input.tokenFile };
const agent = { uri: input.agent, tokenFile: input.tokenFile };
const container = (sources: object) =>
  createContainerSession({ namespace: 'shop', serviceAccount: 'app', sts, clock: systemClock, ...sources });
const controller = (sources: object) => createControllerSessions({ sts, cache: newCache(), ...sources });

const ways: Readonly<Record<string, () => Session>> = {
  pod: () => pod.forServiceAccount(withRole),
  'pod, chained': () => pod.forServiceAccount({ ...withRole, assumeRoleArn: input.nextRoleArn }),
  'pod without a role': () => pod.forServiceAccount(account({})),
  'container, token file': () => container({ webIdentity }),
  'container, agent': () => container({ containerCredentials: agent }),
  'container without anything': () => container({}),
  controller: () => controller({ webIdentity }).forServiceAccount(account({})),
  'controller, chained': () =>
    controller({ webIdentity }).forServiceAccount({
      ...account({}),
      assumeRoleArn: input.nextRoleArn,
      externalId: 'x',
    }),
  'controller without anything': () => controller({}).forServiceAccount(account({})),
};

for (const [way, open] of Object.entries(ways)) {
  try {
    const credentials = await open().credentials('eu-west-1', signal);
    const ssm = await clients.ssm('eu-west-1', credentials);
    const { Parameters } = await ssm.getParameters(['/a'], signal);
    const secrets = await clients.secretsManager('eu-west-1', credentials);
    await secrets
      .getSecretValue({ secretId: 'b', versionId: undefined, versionStage: undefined }, signal)
      .catch(() => undefined);
    process.stdout.write(`${JSON.stringify({ way, read: Parameters?.length })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ way, code: (error as { code?: unknown }).code })}\n`);
  }
}

// A client without credentials, as AssumeRoleWithWebIdentity has it, does not go looking for some.
const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
try {
  await new STSClient(explicitConfig(network, 'eu-west-1')).send(new GetCallerIdentityCommand({}));
  process.stdout.write(`${JSON.stringify({ way: 'no credentials', read: 1 })}\n`);
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ way: 'no credentials', code: (error as { code?: unknown }).code })}\n`,
  );
}
