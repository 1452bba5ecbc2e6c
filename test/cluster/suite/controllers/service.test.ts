import t from 'tap';

import { REGION } from '../../support/aws.ts';
import { startInstallation } from '../../support/installation.ts';
import { deployment, podsOf, secretsOf } from '../../support/objects.ts';

const installation = await startInstallation({ byService: true });
t.teardown(() => installation.close());
const { api, aws } = installation;
aws.ssm.put('/shop/password', 'canary-hunter2', { region: REGION });

t.test(
  'registered by its Service, it is reached at the ClusterIP under the name in its certificate',
  async (t) => {
    const namespace = await installation.namespace();
    await namespace.account('app');
    const annotations = { 'latchkey.dev/env.PASSWORD': 'ssm:/shop/password' };

    await api.create(`${namespace.apps}/deployments`, deployment({ name: 'shop', annotations }));
    const [pod] = await podsOf(api, namespace, 'shop', 1);

    t.equal(secretsOf(pod).length, 1);
  },
);
