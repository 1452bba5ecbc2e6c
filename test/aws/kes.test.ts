// The printed definition whose role has an account of eight digits, against an AWS that no one here wrote.

import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import t from 'tap';
import { systemClock } from '../../src/clock.ts';
import { kesRecipe } from '../../src/definitions/kes/kes-recipe.ts';
import { readKesSpec } from '../../src/definitions/kes/read-spec.ts';
import type { Access, Recipe } from '../../src/definitions/recipe.ts';
import { createCredentialCache } from '../../src/identity/credential-cache.ts';
import type { Session } from '../../src/identity/identity.ts';
import { chainedSession } from '../../src/identity/role-chain.ts';
import { createSts } from '../../src/identity/sts.ts';
import { createAwsClients } from '../../src/stores/aws-clients.ts';
import { createAwsNetwork, explicitConfig } from '../../src/stores/aws-config.ts';
import type { AwsNetwork } from '../../src/stores/aws-config.ts';
import { createSsmStore } from '../../src/stores/ssm.ts';
import { testIdentity } from '../support/aws-double-session.ts';
import { CONTEXT, readCase, REFERENCE } from '../definitions/kes/fixture.ts';
import { startMoto } from './moto.ts';

const REGION = 'ap-northeast-1';
const NAME = '/path/to/my/service/some/secret';

/** The controller's role, and from it each role of an access. */
function sessionFor(access: Access, network: AwsNetwork): Session {
  const base: Session = {
    identity: testIdentity({ roleChain: ['arn:aws:iam::11111111:role/external-secrets-role'] }),
    credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' }),
    forget: () => {},
  };
  const deps = { sts: createSts(network), cache: createCredentialCache({ clock: systemClock }) };
  return access.roles.reduce<Session>(
    (from, { roleArn }) => chainedSession(from, { roleArn, sessionName: 'cluster.shop.test' }, deps),
    base,
  );
}

function recipeOf(path: string): Recipe {
  const read = readKesSpec(readCase(path).definition);
  if (read.kind === 'problems') throw new Error('the definition cannot be read');
  const made = kesRecipe(read.spec, REFERENCE, { ...CONTEXT, region: REGION });
  if (made.kind === 'problems') throw new Error('there is no recipe');
  return made.recipe;
}

t.test(
  'the printed role is assumed, and its parameter becomes the Secret',
  { timeout: 120_000 },
  async (t) => {
    const moto = await startMoto();
    t.teardown(() => moto.stop());
    const network = createAwsNetwork({ endpoint: moto.url, attemptTimeoutMs: 30_000 });
    const recipe = recipeOf('articles/002-my-service-secret.yaml');
    const [question] = recipe.questions;
    if (question === undefined) throw new Error('nothing is asked');
    const session = sessionFor(question.access, network);
    const signal = AbortSignal.timeout(60_000);
    const credentials = await session.credentials(REGION, signal);
    const put = new PutParameterCommand({ Name: NAME, Value: 'blah blah', Type: 'SecureString' });
    await new SSMClient(explicitConfig(network, REGION, credentials)).send(put);
    const store = createSsmStore({
      connect: createAwsClients(network).ssm,
      clock: systemClock,
      advise: () => {},
    });

    const [answer] = await store.read([question.address], session, signal);
    if (answer === undefined) throw new Error('no answer');
    const composed = recipe.compose({
      answers: () => ({ one: () => answer, many: () => [] }),
      templateObject: () => undefined,
    });

    t.equal(composed.kind, 'secret');
    const data = composed.kind === 'secret' ? composed.draft.data : new Map();
    t.same([...data.keys()], ['some-secret']);
    t.equal(Buffer.from(data.get('some-secret')?.reveal() ?? []).toString(), 'blah blah');
  },
);
