import { Agent } from 'node:https';
import type { RequestOptions } from 'node:https';
import { createServer } from 'node:http';
import { once } from 'node:events';

import { SSMClient, GetParametersCommand } from '@aws-sdk/client-ssm';
import t from 'tap';

import { createAwsNetwork, explicitConfig } from '../../src/stores/aws-config.ts';

const credentials = { accessKeyId: 'AKIDOURS', secretAccessKey: 'b', sessionToken: 'c' };

/** Notes where the client wants to go, and goes nowhere. */
class NotingAgent extends Agent {
  readonly hosts: string[] = [];

  override createConnection(options: RequestOptions): never {
    this.hosts.push(String(options.host));
    throw Object.assign(new Error('no network'), { code: 'ENETUNREACH' });
  }
}

async function hostOf(region: string): Promise<readonly string[]> {
  const httpsAgent = new NotingAgent();
  const client = new SSMClient(
    explicitConfig({ ...createAwsNetwork({ attempts: 1 }), httpsAgent }, region, credentials),
  );
  await client.send(new GetParametersCommand({ Names: ['/a'] })).catch(() => {});
  return httpsAgent.hosts;
}

t.test('each partition has its own host names', async (t) => {
  t.same(await hostOf('eu-west-1'), ['ssm.eu-west-1.amazonaws.com']);
  t.same(await hostOf('cn-north-1'), ['ssm.cn-north-1.amazonaws.com.cn']);
  t.same(await hostOf('us-gov-west-1'), ['ssm.us-gov-west-1.amazonaws.com']);
});

t.test('nothing in the environment or in ~/.aws changes where requests go or as whom', async (t) => {
  let asked = 0;
  const trap = createServer((_, response) => {
    asked += 1;
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(trap, 'listening');
  t.teardown(() => trap.close());
  const address = trap.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const config = t.testdir({
    config: `[default]\nendpoint_url = ${url}\nregion = us-east-1\nmax_attempts = 9\n[profile p]\ncredential_process = false\n`,
  });
  const surroundings = {
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_SSM: url,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: url,
    AWS_CONFIG_FILE: `${config}/config`,
    AWS_PROFILE: 'p',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDTHEIRS',
    AWS_SECRET_ACCESS_KEY: 'theirs',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_MAX_ATTEMPTS: 'nonsense',
    AWS_RETRY_MODE: 'adaptive',
    AWS_DEFAULTS_MODE: 'auto',
  };
  const before = { ...process.env };
  t.teardown(() => {
    process.env = before;
  });
  Object.assign(process.env, surroundings);

  const hosts = await hostOf('eu-west-1');
  const client = new SSMClient(explicitConfig(createAwsNetwork(), 'eu-west-1', credentials));
  const used = await client.config.credentials();

  t.same(hosts, ['ssm.eu-west-1.amazonaws.com']);
  t.equal(used.accessKeyId, 'AKIDOURS');
  t.equal(await client.config.maxAttempts(), 2);
  t.equal(asked, 0);
});

t.test('without credentials a signed call fails at once instead of looking for some', async (t) => {
  const httpsAgent = new NotingAgent();
  const client = new SSMClient(
    explicitConfig({ ...createAwsNetwork({ attempts: 1 }), httpsAgent }, 'eu-west-1'),
  );

  await t.rejects(client.send(new GetParametersCommand({ Names: ['/a'] })), { code: 'LK-NO-CREDENTIALS' });

  t.same(httpsAgent.hosts, []);
});

t.test('a region that could lead elsewhere is refused', async (t) => {
  for (const region of [
    '',
    'eu-west-1.evil.example',
    'eu-west-1#',
    'EU-WEST-1',
    'eu_west_1',
    'localhost',
    'x@y-1',
    'eu-west-1\n',
  ]) {
    t.throws(() => explicitConfig(createAwsNetwork(), region, credentials), { code: 'LK-REGION' });
  }
  for (const region of [
    'ap-northeast-1',
    'us-gov-east-1',
    'us-iso-east-1',
    'cn-northwest-1',
    'eusc-de-east-1',
  ]) {
    t.equal(explicitConfig(createAwsNetwork(), region, credentials).region, region);
  }
});
