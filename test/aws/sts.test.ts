import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import t from 'tap';

import { systemClock } from '../../src/clock.ts';
import type { Credentials, Session } from '../../src/identity/identity.ts';
import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork, explicitConfig } from '../../src/stores/aws-config.ts';
import { createSsmStore } from '../../src/stores/ssm.ts';
import { testIdentity } from '../support/aws-double-session.ts';
import { text } from '../support/store-conformance.ts';
import { startMoto } from './moto.ts';

const region = 'eu-west-1';

t.test(
  'credentials by web identity and a chained role read a parameter at moto',
  { timeout: 120_000 },
  async (t) => {
    const moto = await startMoto();
    t.teardown(() => moto.stop());
    const network = createAwsNetwork({ endpoint: moto.url, attemptTimeoutMs: 30_000 });

    const unsigned = new STSClient(explicitConfig(network, region));
    const first = await unsigned.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: 'arn:aws:iam::123456789012:role/test-app',
        RoleSessionName: 'cluster.shop.test-app',
        WebIdentityToken: 'moto.does.not-verify-it',
        DurationSeconds: 900,
      }),
    );
    const chained = new STSClient(explicitConfig(network, region, toCredentials(first.Credentials)));
    const second = await chained.send(
      new AssumeRoleCommand({
        RoleArn: 'arn:aws:iam::123456789012:role/chained',
        RoleSessionName: 'cluster.shop.test-app',
        ExternalId: 'latchkey/shop',
        DurationSeconds: 900,
      }),
    );
    const credentials = toCredentials(second.Credentials);
    const put = new PutParameterCommand({ Name: '/sts/value', Value: 'seen', Type: 'SecureString' });
    await new SSMClient(explicitConfig(network, region, credentials)).send(put);
    const store = createSsmStore({
      connect: createAwsClients(network).ssm,
      clock: systemClock,
      advise: () => {},
    });
    const session: Session = {
      identity: testIdentity(),
      credentials: async () => credentials,
      forget: () => {},
    };

    const outcomes = await store.read(
      [{ store: 'ssm', region, name: '/sts/value' }],
      session,
      AbortSignal.timeout(30_000),
    );

    t.match(first.AssumedRoleUser?.Arn, /assumed-role\/test-app\/cluster\.shop\.test-app$/);
    t.match(second.AssumedRoleUser?.Arn, /assumed-role\/chained\/cluster\.shop\.test-app$/);
    t.same(outcomes.map(text), ['seen']);
  },
);

interface StsCredentials {
  readonly AccessKeyId: string | undefined;
  readonly SecretAccessKey: string | undefined;
  readonly SessionToken: string | undefined;
}

function toCredentials(from: StsCredentials | undefined): Credentials {
  return {
    accessKeyId: from?.AccessKeyId ?? '',
    secretAccessKey: from?.SecretAccessKey ?? '',
    sessionToken: from?.SessionToken ?? '',
  };
}
