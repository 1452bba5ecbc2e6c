// A pod that refers to Secrets that a SecretProviderClass makes.

import t, { type Test } from 'tap';

import type { AdmissionAnswer, Raw } from '../support/admission-client.ts';
import {
  type AdoptionInstallation,
  foreignSecret,
  REGION,
  startAdoption,
  userOf,
} from '../support/adoption.ts';
import type { InstallationOptions } from '../support/installation.ts';
import { SECRET_PROVIDER_CLASS } from '../support/kubernetes-double-custom.ts';

const OBJECTS = `
- objectName: /db
  objectType: ssmparameter
  objectAlias: password
- objectName: shop/api
  objectType: secretsmanager
  objectAlias: api
  jmesPath: [{ path: token, objectAlias: token }]
`;
const SECRET_OBJECTS = [
  { secretName: 'db', type: 'Opaque', data: [{ objectName: 'password', key: 'password' }] },
  {
    secretName: 'api',
    type: 'Opaque',
    labels: { team: 'shop' },
    data: [
      { objectName: 'token', key: 'password' },
      { objectName: 'password', key: 'db' },
    ],
  },
];

interface Shop extends AdoptionInstallation {
  /** @returns the uid of the class */
  provide(parameters?: Raw, secretObjects?: readonly Raw[]): string;
}

async function shopWith(t: Test, options: InstallationOptions = {}): Promise<Shop> {
  const shop = await startAdoption(options);
  t.teardown(() => shop.close());
  shop.account('app');
  shop.aws.ssm.put('/db', 'canary-db', { region: REGION });
  shop.aws.secrets.put('shop/api', '{"token":"canary-token"}', { region: REGION });
  return {
    ...shop,
    provide(parameters = {}, secretObjects = SECRET_OBJECTS) {
      const rest = {
        spec: { provider: 'aws', parameters: { objects: OBJECTS, ...parameters }, secretObjects },
      };
      const at = { namespace: 'shop', name: 'class' };
      return shop.kubernetes.custom.put(SECRET_PROVIDER_CLASS, at, { rest }).metadata.uid;
    },
  };
}

function codes(answer: AdmissionAnswer): readonly string[] {
  return (answer.status?.details?.causes ?? []).map(({ reason }) => reason);
}

t.test('each Secret is there before its pod is admitted, and belongs to the class', async (t) => {
  const shop = await shopWith(t);
  const uid = shop.provide();

  const answer = await shop.review(userOf({ secrets: ['db', 'api'] }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'canary-db' });
  t.strictSame(shop.data('api'), { password: 'canary-token', db: 'canary-db' });
  for (const name of ['db', 'api']) {
    const { metadata } = shop.kubernetes.get('Secret', 'shop', name) ?? {};
    t.equal(metadata?.labels?.['latchkey.dev/adopted'], 'ascp');
    t.match(metadata, {
      ownerReferences: [
        { apiVersion: 'secrets-store.csi.x-k8s.io/v1', kind: 'SecretProviderClass', name: 'class', uid },
      ],
    });
  }
  t.notMatch(await shop.written(), /canary/);
});

t.test('only what the Secret holds is read', async (t) => {
  const shop = await shopWith(t);
  shop.provide();

  const answer = await shop.review(userOf({ secrets: ['db'] }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.equal(shop.data('api'), undefined);
  t.strictSame(
    shop.aws.calls.map(({ action }) => action).filter((action) => !action.startsWith('sts:')),
    ['ssm:GetParameters'],
  );
});

t.test('one Secret that cannot be made is no harm to the others', async (t) => {
  const shop = await shopWith(t);
  shop.provide({}, [
    ...SECRET_OBJECTS,
    { secretName: 'wrong', type: 'Opaque', data: [{ objectName: 'none', key: 'a' }] },
  ]);

  const right = await shop.review(userOf({ secrets: ['db'] }));
  const wrong = await shop.review(userOf({ secrets: ['wrong'] }));

  t.equal(right.allowed, true, right.status?.message ?? '');
  t.strictSame(codes(wrong), ['LK-DEFINITION']);
  t.match(wrong.status?.message, 'spec.secretObjects[2].data[0].objectName');
});

t.test('what only EKS Pod Identity could read is refused with both ways out', async (t) => {
  const shop = await shopWith(t);
  shop.provide({ usePodIdentity: 'true' });

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-DEFINITION']);
  t.match(answer.status?.message, 'eks.amazonaws.com/role-arn');
  t.match(answer.status?.message, 'latchkey.dev/delivery: memory');
  t.strictSame(shop.aws.calls, []);
});

t.test('a region that is away: the failover region is asked, for the same name or for another', async (t) => {
  const shop = await shopWith(t);
  const objects = `
- objectName: /db
  objectType: ssmparameter
  objectAlias: password
- objectName: shop/api
  objectType: secretsmanager
  objectAlias: token
  failoverObject: { objectName: shop/replica }
`;
  shop.provide({ objects, failoverRegion: 'us-east-1' });
  shop.aws.ssm.put('/db', 'canary-far', { region: 'us-east-1' });
  shop.aws.secrets.put('shop/replica', 'canary-replica', { region: 'us-east-1' });
  shop.aws.fault({ region: REGION, action: 'ssm:*' }, { kind: 'server-error' });
  shop.aws.fault({ region: REGION, action: 'secretsmanager:*' }, { kind: 'server-error' });

  const answer = await shop.review(userOf({ secrets: ['api'] }));

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('api'), { password: 'canary-replica', db: 'canary-far' });
});

t.test('the policy looks at what is asked elsewhere, too', async (t) => {
  const policy =
    "version: 1\nrules:\n  - namespaces: { names: [shop] }\n    names: ['secretsmanager:shop/api']\n";
  const shop = await shopWith(t, { policy });
  const objects = `
- objectName: shop/api
  objectType: secretsmanager
  objectAlias: password
  failoverObject: { objectName: shop/other }
`;
  shop.provide({ objects, failoverRegion: 'us-east-1' });

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-POLICY']);
  t.match(answer.status?.message, 'shop/other');
});

const DRIVERS = { 'secrets-store.csi.k8s.io/managed': 'true' };

t.test("the driver's own Secret is used and left alone, and says how it is handed over", async (t) => {
  const shop = await shopWith(t);
  shop.provide();
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-1', uid: 'uid-of-rs' };
  foreignSecret(shop, 'db', { labels: DRIVERS, ownerReferences: [owner] });

  const answer = await shop.review(userOf());

  t.equal(answer.allowed, true, answer.status?.message ?? '');
  t.strictSame(shop.data('db'), { password: 'foreign' });
  t.equal(answer.warnings?.length, 1);
  t.match(answer.warnings?.[0], /Secrets Store CSI driver.*latchkey take-over shop\/db/);
  t.strictSame(shop.aws.calls, []);
});

t.test("a Secret of Latchkey's that the driver has written over since is the driver's", async (t) => {
  const shop = await shopWith(t);
  shop.provide();
  foreignSecret(shop, 'db', { labels: { ...DRIVERS, 'latchkey.dev/adopted': 'ascp' } });

  const answer = await shop.review(userOf());

  t.match(answer.warnings?.[0], 'Secrets Store CSI driver');
  t.strictSame(shop.data('db'), { password: 'foreign' });
});

t.test('two classes of one Secret are refused, both named', async (t) => {
  const shop = await shopWith(t);
  shop.provide();
  const spec = { provider: 'aws', parameters: { objects: OBJECTS }, secretObjects: SECRET_OBJECTS };
  shop.kubernetes.custom.put(SECRET_PROVIDER_CLASS, { namespace: 'shop', name: 'other' }, { rest: { spec } });

  const answer = await shop.review(userOf());

  t.strictSame(codes(answer), ['LK-OWNER']);
  t.match(answer.status?.message, 'SecretProviderClass.secrets-store.csi.x-k8s.io "class" and');
});

t.test(
  "another provider's class makes nothing, and a Secret that the driver will make is missing",
  async (t) => {
    const shop = await shopWith(t);
    const spec = { provider: 'azure', secretObjects: SECRET_OBJECTS };
    shop.kubernetes.custom.put(
      SECRET_PROVIDER_CLASS,
      { namespace: 'shop', name: 'class' },
      { rest: { spec } },
    );

    const answer = await shop.review(userOf());

    t.strictSame(codes(answer), ['LK-NO-DEFINITION']);
  },
);

t.test(
  'a value that changes is brought at the next revision, and the Secret stays the same object',
  async (t) => {
    const shop = await shopWith(t);
    shop.provide();
    const owner = shop.kubernetes.addOwner('ReplicaSet', 'shop', 'app-1');
    await shop.review(userOf({ owner, hash: 'one' }));
    const before = shop.kubernetes.get('Secret', 'shop', 'db')?.metadata.uid;
    shop.aws.ssm.put('/db', 'canary-new', { region: REGION });

    const answer = await shop.review(userOf({ owner, hash: 'two' }));

    t.equal(answer.allowed, true, answer.status?.message ?? '');
    t.strictSame(shop.data('db'), { password: 'canary-new' });
    t.equal(shop.kubernetes.get('Secret', 'shop', 'db')?.metadata.uid, before);
  },
);
