import t from 'tap';

import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork } from '../../src/stores/aws-config.ts';
import { createFileStore } from '../../src/stores/file.ts';
import { createSecretsManagerStore } from '../../src/stores/secrets-manager.ts';
import { createSsmStore } from '../../src/stores/ssm.ts';
import { systemClock } from '../../src/clock.ts';
import { parseStoreFile } from '../../src/stores/store-file.ts';
import { doubleSession, testIdentity } from '../support/aws-double-session.ts';
import { startAwsDouble } from '../support/aws-double.ts';
import { CONFORMANCE_DATA, storeConformance } from '../support/store-conformance.ts';

const region = 'eu-west-1';

t.test('the stores against the double', async (t) => {
  const double = await startAwsDouble();
  t.teardown(() => double.close());
  for (const [name, versions] of CONFORMANCE_DATA.parameters) {
    const tags = CONFORMANCE_DATA.tags.ssm.get(name) ?? {};
    for (const { value, labels = [] } of versions) double.ssm.put(name, value, { labels, tags });
  }
  const arns = new Map<string, string>();
  const versionIds: string[] = [];
  for (const [name, versions] of CONFORMANCE_DATA.secrets) {
    for (const value of versions) {
      const tags = CONFORMANCE_DATA.tags.secretsmanager.get(name) ?? {};
      const { arn, versionId } = double.secrets.put(name, value, { tags });
      arns.set(name, arn);
      if (name === 'conf/db') versionIds.push(versionId);
    }
  }
  const clients = createAwsClients(createAwsNetwork({ endpoint: double.url }));

  storeConformance(t, {
    ssm: createSsmStore({ connect: clients.ssm, clock: systemClock, advise: () => {} }),
    secretsManager: createSecretsManagerStore({ connect: clients.secretsManager }),
    session: doubleSession(double),
    region,
    parameterArn: (name) => `arn:aws:ssm:${region}:${double.account}:parameter${name}`,
    secretArn: (name) => arns.get(name) ?? '',
    versionId: (index) => versionIds[index] ?? '',
    takesParameterArns: true,
    returnsArns: true,
    hasTags: true,
  });
});

t.test('the store file', async (t) => {
  const yaml = `
ssm:
  /conf/plain: second
  /conf/plain:2: second
  /conf/plain:1: first
  /conf/plain:stable: first
  /conf/json: {id: 12345678901234567890, rate: 1.0}
  /conf/unicode: "žluťoučký 🐈\\nsecond line"
  relative-root: no slash
  /conf/tree/leaf: leaf
  /conf/tree/branch/leaf: branch leaf
${[...CONFORMANCE_DATA.parameters]
  .filter(([name]) => name.includes('many'))
  .map(([name, [first]]) => `  ${name}: ${first?.value}`)
  .join('\n')}
secretsmanager:
  conf/db: new password
  conf/db?stage=AWSPREVIOUS: old password
  conf/db?version=v0: old password
  conf/db?version=v1: new password
  conf/binary: {$binary: "${Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)).toString('base64')}"}
${[...CONFORMANCE_DATA.secrets]
  .filter(([name]) => name.includes('many'))
  .map(([name, [first]]) => `  ${name}: ${String(first)}`)
  .join('\n')}
`;
  const store = createFileStore(parseStoreFile(yaml, 'secrets.yaml'));
  const identity = testIdentity({ kind: 'store-file' });
  const session = {
    identity,
    credentials: () => Promise.reject(new Error('AWS was asked')),
    forget: () => {},
  };

  storeConformance(t, {
    ssm: store,
    secretsManager: store,
    session,
    region,
    parameterArn: (name) => `arn:aws:ssm:${region}:111122223333:parameter${name}`,
    secretArn: (name) => `arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:${name}-1a2b3c`,
    versionId: (index) => `v${index}`,
    takesParameterArns: true,
    returnsArns: false,
    hasTags: false,
  });
});
