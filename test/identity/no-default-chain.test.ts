import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { startAwsDouble } from '../support/aws-double.ts';
import { startKubernetesDouble } from '../support/kubernetes-double.ts';
import { startHttpDouble } from '../support/http-double.ts';
import type { PoisonedInput } from '../support/poisoned-process.ts';

const ROLE = 'arn:aws:iam::111122223333:role/app';
const NEXT = 'arn:aws:iam::111122223333:role/next';
const POISON_KEY = 'AKIAPOISONPOISONPOIS';

t.test(
  'what the SDK would find by itself stays unasked and unused, in every way to credentials',
  async (t) => {
    const cluster = await startKubernetesDouble();
    const aws = await startAwsDouble({ oidc: cluster.oidc });
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = aws.credentials(ROLE, 'by-the-agent');
    const body = {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: expiration,
    };
    const agent = await startHttpDouble({ status: 200, body });
    // Plays instance metadata, and whatever AWS_ENDPOINT_URL and the profile point to.
    const poison = await startHttpDouble({
      status: 200,
      body: { AccessKeyId: POISON_KEY, SecretAccessKey: 'x', Token: 'x' },
    });
    t.teardown(() => Promise.all([cluster.close(), aws.close(), agent.close(), poison.close()]));
    cluster.addServiceAccount('shop', 'app', { uid: 'uid-app' });
    aws.role(ROLE, { trust: [{ subject: 'system:serviceaccount:shop:app' }] });
    aws.role(NEXT, { trust: [{ roleArn: ROLE }] });
    aws.ssm.put('/a', 'value');

    const { token } = cluster.tokens.issue({
      namespace: 'shop',
      serviceAccount: 'app',
      uid: 'u',
      audience: 'sts.amazonaws.com',
      expirationSeconds: 600,
    });
    const home = t.testdirName;
    const touched = join(home, 'credential-process-ran');
    const profile = `aws_access_key_id = ${POISON_KEY}\naws_secret_access_key = poison\n`;
    t.testdir({
      token: token,
      '.aws': {
        credentials: `[default]\n${profile}[poison]\n${profile}`,
        config: `[default]\nregion = us-east-1\nendpoint_url = ${poison.url}\n[profile poison]\ncredential_process = touch ${touched}\nendpoint_url = ${poison.url}\n`,
      },
    });
    const input: PoisonedInput = {
      kubeconfig: cluster.kubeconfig,
      endpoint: aws.url,
      roleArn: ROLE,
      nextRoleArn: NEXT,
      tokenFile: join(home, 'token'),
      agent: `${agent.url}/v1/credentials`,
    };

    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(import.meta.dirname, '../support/poisoned-process.ts'), JSON.stringify(input)],
      {
        env: {
          PATH: process.env['PATH'],
          HOME: home,
          AWS_EC2_METADATA_SERVICE_ENDPOINT: poison.url,
          AWS_PROFILE: 'poison',
          AWS_ACCESS_KEY_ID: POISON_KEY,
          AWS_SECRET_ACCESS_KEY: 'poison',
          AWS_SESSION_TOKEN: 'poison',
          AWS_REGION: 'us-east-1',
          AWS_ENDPOINT_URL: poison.url,
          AWS_ENDPOINT_URL_STS: poison.url,
          AWS_ENDPOINT_URL_SSM: poison.url,
          AWS_CONTAINER_CREDENTIALS_FULL_URI: `${poison.url}/container`,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: 'poison',
          AWS_ROLE_ARN: 'arn:aws:iam::999999999999:role/poison',
          AWS_WEB_IDENTITY_TOKEN_FILE: join(home, 'token'),
        },
      },
    );

    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { way: string });
    t.same(answers, [
      { way: 'pod', read: 1 },
      { way: 'pod, chained', read: 1 },
      { way: 'pod without a role', code: 'LK-NO-ROLE' },
      { way: 'container, token file', read: 1 },
      { way: 'container, agent', read: 1 },
      { way: 'container without anything', code: 'LK-NO-CREDENTIALS' },
      { way: 'controller', read: 1 },
      { way: 'controller, chained', read: 1 },
      { way: 'controller without anything', code: 'LK-NO-CREDENTIALS' },
      { way: 'no credentials', code: 'LK-NO-CREDENTIALS' },
    ]);
    t.same(poison.requests, [], 'nobody asked the poisoned endpoint');
    await t.rejects(access(touched), 'credential_process did not run');
    const known = new Set([ROLE, NEXT, undefined]);
    t.ok(aws.calls.every(({ roleArn }) => known.has(roleArn)));
    t.ok(
      aws.calls.every(
        ({ region, action }) => region === 'eu-west-1' || action === 'sts:AssumeRoleWithWebIdentity',
      ),
    );
  },
);
