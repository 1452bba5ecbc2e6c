// Definitions that no pod refers to, from the API server's word to the Secret: as whom they are read, and whose Secrets stay.

import { createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';

import { labelOf } from '../../src/sealed/scope.ts';
import { sealValue } from '../../src/sealed/seal-value.ts';
import { foreignSecret, reads } from '../support/adoption.ts';
import { eventually } from '../support/eventually.ts';
import {
  startMaterialization,
  type Materialization,
  type MaterializationOptions,
} from '../support/materialization.ts';
import { EXTERNAL_SECRET_ESO, SEALED_SECRET } from '../support/kubernetes-double-custom.ts';
import { keySecret, privateKeys } from '../support/sealing-keys.ts';

const CANARY = 'canary-5b1d-hunter2';
const OWN = 'arn:aws:iam::111122223333:role/latchkey-controller';
const REGION = 'ap-northeast-1';
const [old, fresh] = privateKeys(2) as [KeyObject, KeyObject];
const oldSecret = await keySecret(old, { notBefore: '2026-01-01T00:00:00Z' });
const freshSecret = await keySecret(fresh, { notBefore: '2026-06-01T00:00:00Z' });

async function shopWith(t: Test, options?: MaterializationOptions): Promise<Materialization> {
  const shop = await startMaterialization(options);
  t.teardown(() => shop.close());
  shop.aws.ssm.put('/db', CANARY, { region: REGION });
  return shop;
}

/** A controller with a role of its own, and what the operator permits. */
async function ownIdentity(t: Test, rule: string): Promise<Materialization> {
  const directory = t.testdir({});
  const [policyFile, tokenFile] = [join(directory, 'policy.yaml'), join(directory, 'token')];
  await writeFile(policyFile, `version: 1\nrules:\n  - ${rule}\n`);
  const ownSources = { webIdentity: { roleArn: OWN, tokenFile } };
  const shop = await shopWith(t, { flags: ['--identity', 'controller'], policyFile, ownSources });
  const { token } = shop.kubernetes.tokens.issue({
    namespace: 'latchkey',
    serviceAccount: 'latchkey-controller',
    uid: 'uid-controller',
    audience: 'sts.amazonaws.com',
    expirationSeconds: 3600,
  });
  await writeFile(tokenFile, token);
  shop.aws.role(OWN, { trust: [{ subject: 'system:serviceaccount:latchkey:latchkey-controller' }] });
  return shop;
}

async function sealed(
  shop: Materialization,
  name: string,
  text: string,
  {
    by = fresh,
    annotations = {},
    template = {},
    uid = `uid-${name}`,
    namespace = 'shop',
  }: SealedOptions = {},
): Promise<void> {
  const label = labelOf({ scope: 'strict', namespace, name });
  const value = await sealValue(new Uint8Array(Buffer.from(text)), label, createPublicKey(by));
  const spec = { encryptedData: { password: value }, template };
  const seed = { rest: { spec }, annotations, uid };
  shop.kubernetes.custom.put(SEALED_SECRET, { namespace, name }, seed);
}

interface SealedOptions {
  readonly by?: KeyObject;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly template?: object;
  readonly uid?: string;
  readonly namespace?: string;
}

function readers({ aws }: Materialization): readonly (string | undefined)[] {
  return aws.calls.filter(({ action }) => action.startsWith('ssm:')).map(({ roleArn }) => roleArn);
}

t.test('a SealedSecret needs nobody, and its Secret belongs to it', async (t) => {
  const shop = await shopWith(t);
  shop.keys.put('fresh', freshSecret);

  const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
  await sealed(shop, 'repo', CANARY, { template: { metadata: { labels } } });
  await shop.holds('repo', { password: CANARY });

  const secret = shop.kubernetes.get('Secret', 'shop', 'repo');
  t.match(secret?.metadata, {
    labels: { ...labels, 'latchkey.dev/adopted': 'sealed-secret' },
    ownerReferences: [{ kind: 'SealedSecret', name: 'repo', uid: 'uid-repo', controller: true }],
  });
  t.strictSame(shop.aws.calls, []);
  t.match(await shop.hears('repo', 'Materialized'), 'Secret "repo" was made');
  t.notMatch(await shop.written(), CANARY);
});

t.test('a key that comes later opens what did not open before', async (t) => {
  const shop = await shopWith(t);
  shop.keys.put('old', oldSecret);
  await sealed(shop, 'repo', CANARY);

  const refused = await shop.hears('repo', 'NotMaterialized');
  shop.keys.put('fresh', freshSecret);
  await shop.holds('repo', { password: CANARY });
  await sealed(shop, 'repo', 'sealed by the old key', { by: old });
  await shop.holds('repo', { password: 'sealed by the old key' });

  t.match(refused, '[LK-SEALED]');
  t.ok(await shop.hears('repo', 'Materialized', 'was updated'));
});

t.test(
  'with --identity=pod nobody reads for KES and for a store without a word, and the way out is told',
  async (t) => {
    const shop = await shopWith(t);
    shop.store('aws');

    shop.kes('git');
    shop.eso('tls', reads('/db', 'aws'));

    for (const name of ['git', 'tls']) {
      const said = await shop.hears(name, 'NotMaterialized');
      t.match(said, '[LK-NO-ROLE]');
      t.match(said, 'latchkey.dev/lend-to');
      t.match(said, '--identity=controller');
    }
    t.strictSame(shop.aws.calls, []);
  },
);

t.test('a service account that its store names has to be lent: no pod is there to be it', async (t) => {
  const shop = await shopWith(t);
  const lender = shop.account('lender');
  shop.store('aws', { auth: { jwt: { serviceAccountRef: { name: 'lender' } } } });
  shop.eso('db', reads('/db', 'aws'));

  const refused = await shop.hears('db', 'NotMaterialized');
  shop.account('lender', { annotations: { 'latchkey.dev/lend-to': 'SecretStore/aws' } });
  await shop.holds('db', { password: CANARY });

  t.match(refused, '"lender" is not lent to ExternalSecret/db or SecretStore/aws');
  t.notMatch(refused, 'pod');
  t.strictSame([...new Set(readers(shop))], [lender]);
});

t.test('roles are assumed from whom the store names, hop by hop', async (t) => {
  const shop = await shopWith(t);
  const last = 'arn:aws:iam::111122223333:role/last';
  const lender = shop.account('lender', {
    role: { allow: [{ actions: ['sts:AssumeRole'] }] },
    annotations: { 'latchkey.dev/lend-to': 'ExternalSecret/db' },
  });
  shop.aws.role(last, { trust: [{ roleArn: lender }] });
  shop.store('aws', { role: last, auth: { jwt: { serviceAccountRef: { name: 'lender' } } } });

  shop.eso('db', reads('/db', 'aws'));
  await shop.holds('db', { password: CANARY });

  t.strictSame([...new Set(readers(shop))], [last]);
});

t.test("static keys are the operator's to allow", async (t) => {
  const role = 'arn:aws:iam::111122223333:role/keys';
  for (const flags of [[], ['--allow-static-keys']]) {
    const shop = await shopWith(t, { flags });
    shop.aws.role(role, {});
    const { accessKeyId, secretAccessKey } = shop.aws.userKeys(role);
    const data = {
      id: Buffer.from(accessKeyId).toString('base64'),
      key: Buffer.from(secretAccessKey).toString('base64'),
    };
    shop.kubernetes.put(
      'v1',
      'Secret',
      { namespace: 'shop', name: 'keys' },
      { rest: { type: 'Opaque', data } },
    );
    const ref = (key: string) => ({ name: 'keys', key });
    const secretRef = { accessKeyIDSecretRef: ref('id'), secretAccessKeySecretRef: ref('key') };
    shop.store('aws', { auth: { secretRef } });
    shop.eso('db', reads('/db', 'aws'));

    if (flags.length === 0) t.match(await shop.hears('db', 'NotMaterialized'), '--allow-static-keys');
    else await shop.holds('db', { password: CANARY });
    t.equal(shop.aws.calls.length > 0, flags.length > 0);
  }
});

t.test("the controller's own role reads where the policy permits names and role", async (t) => {
  const service = 'arn:aws:iam::111122223333:role/service';
  const rule = `{ namespaces: { names: [shop] }, names: ['ssm:/db'], roles: ['${OWN}', '${service}'] }`;
  const shop = await ownIdentity(t, rule);
  shop.aws.role(service, { trust: [{ roleArn: OWN, externalId: 'latchkey/shop' }] });
  shop.aws.ssm.put('/other', 'canary-other', { region: REGION });

  shop.kes('db', { roleArn: service });
  shop.kes('other');
  shop.kes('third', { roleArn: 'arn:aws:iam::111122223333:role/another' });
  await shop.holds('db', { password: CANARY });

  t.match(await shop.hears('other', 'NotMaterialized'), '[LK-POLICY]');
  t.match(await shop.hears('third', 'NotMaterialized'), '[LK-POLICY]');
  t.strictSame([...new Set(readers(shop))], [service]);
});

t.test('what the namespace permits binds what is made in it', async (t) => {
  const shop = await shopWith(t);
  shop.keys.put('fresh', freshSecret);
  const annotations = { 'latchkey.dev/permitted-deliveries': 'memory' };
  const labels = { 'latchkey.dev/adoption': 'materialize' };
  shop.kubernetes.addNamespace('shop', { labels, annotations });

  await sealed(shop, 'repo', CANARY);

  t.match(await shop.hears('repo', 'NotMaterialized'), '[LK-POLICY]');
  t.equal(shop.data('repo'), undefined);
});

t.test('a namespace that has opted out is left alone, whatever is marked in it', async (t) => {
  const shop = await shopWith(t);
  shop.keys.put('fresh', freshSecret);
  const injection = { 'latchkey.dev/injection': 'disabled' };
  shop.kubernetes.addNamespace('shop', { labels: { 'latchkey.dev/adoption': 'materialize', ...injection } });
  shop.kubernetes.addNamespace('open');
  const annotations = { 'latchkey.dev/materialize': 'true' };

  await sealed(shop, 'repo', CANARY, { annotations });
  await sealed(shop, 'repo', CANARY, { annotations, namespace: 'open', uid: 'uid-open' });
  await eventually(() => shop.kubernetes.get('Secret', 'open', 'repo') !== undefined, 'the other');

  t.equal(shop.data('repo'), undefined);
  t.strictSame(shop.told('repo'), []);
});

t.test(
  "others' Secrets: kept by their definition's controller, of another definition, or nobody's",
  async (t) => {
    const shop = await shopWith(t);
    shop.keys.put('fresh', freshSecret);
    const owned = (kind: string, apiVersion: string, name: string) => ({
      ownerReferences: [{ apiVersion, kind, name, uid: `uid-${name}`, controller: true }],
    });
    foreignSecret(shop, 'kept', owned('SealedSecret', 'bitnami.com/v1alpha1', 'kept'));
    foreignSecret(shop, 'theirs', owned('ExternalSecret', 'external-secrets.io/v1', 'somebody'));
    foreignSecret(shop, 'mine');

    for (const name of ['kept', 'theirs', 'mine', 'last']) await sealed(shop, name, CANARY);
    await shop.holds('last', { password: CANARY });

    t.match(await shop.hears('theirs', 'NotMaterialized'), '[LK-OWNER]');
    t.match(await shop.hears('mine', 'SecretLeftAlone'), 'take-over');
    t.strictSame(shop.told('kept'), []);
    for (const name of ['kept', 'theirs', 'mine'])
      t.strictSame(shop.data(name), { password: 'foreign' }, name);
  },
);

t.test('two definitions of one Secret make none', async (t) => {
  const shop = await shopWith(t);
  shop.keys.put('fresh', freshSecret);
  shop.eso('other', { ...reads('/db', 'aws'), target: { name: 'repo' } });

  await sealed(shop, 'repo', CANARY);

  t.match(await shop.hears('repo', 'NotMaterialized'), '[LK-OWNER]');
  t.equal(shop.data('repo'), undefined);
});

t.test('a definition that is not marked is not carried out for one that is', async (t) => {
  const shop = await shopWith(t);
  shop.keys.put('fresh', freshSecret);
  shop.namespaces.removed({ metadata: { name: 'shop' } });
  shop.kubernetes.addNamespace('shop');
  const annotations = { 'latchkey.dev/materialize': 'true' };
  const at = { namespace: 'shop', name: 'plain' };
  await sealed(shop, 'plain', CANARY);
  // The one that is marked is gone again when it is looked at, and the other makes the Secret of its name.
  shop.kubernetes.before('GET /apis/external-secrets.io/v1/namespaces/shop/externalsecrets/marked', () =>
    shop.kubernetes.custom.remove(EXTERNAL_SECRET_ESO, { ...at, name: 'marked' }),
  );
  shop.kubernetes.custom.put(
    EXTERNAL_SECRET_ESO,
    { ...at, name: 'marked' },
    { annotations, rest: { spec: { ...reads('/db', 'aws'), target: { name: 'plain' } } } },
  );

  await sealed(shop, 'last', 'last', { annotations });
  await shop.holds('last', { password: 'last' });

  t.equal(shop.data('plain'), undefined);
});

t.test('an immutable Secret stays as it is until somebody deletes it', async (t) => {
  const shop = await shopWith(t);
  shop.keys.put('fresh', freshSecret);
  await sealed(shop, 'repo', 'first', { template: { immutable: true } });
  await shop.holds('repo', { password: 'first' });

  await sealed(shop, 'repo', 'second', { template: { immutable: true } });
  await sealed(shop, 'next', 'next');
  await shop.holds('next', { password: 'next' });
  t.strictSame(shop.data('repo'), { password: 'first' });
  shop.secrets.set({ metadata: { namespace: 'shop', name: 'repo' } });
  shop.kubernetes.remove('Secret', 'shop', 'repo');
  shop.secrets.removed({ metadata: { namespace: 'shop', name: 'repo' } });

  await shop.holds('repo', { password: 'second' });
});

t.test('what is created once is not read again, as long as it is there', async (t) => {
  const shop = await shopWith(t);
  shop.account('lender', { annotations: { 'latchkey.dev/lend-to': 'SecretStore/aws' } });
  shop.store('aws', { auth: { jwt: { serviceAccountRef: { name: 'lender' } } } });
  const spec = { ...reads('/db', 'aws'), refreshPolicy: 'CreatedOnce' };
  const put = (annotations: Record<string, string>) =>
    shop.kubernetes.custom.put(
      EXTERNAL_SECRET_ESO,
      { namespace: 'shop', name: 'db' },
      { uid: 'uid-db', annotations, rest: { spec } },
    );
  put({});
  await shop.holds('db', { password: CANARY });

  shop.aws.ssm.put('/db', 'canary-second', { region: REGION });
  shop.aws.forgetCalls();
  put({ 'force-sync': '1' });
  shop.eso('next', reads('/db', 'aws'));
  await shop.holds('next', { password: 'canary-second' });

  t.strictSame(shop.data('db'), { password: CANARY });
});

t.test(
  'AWS away: the Secret stays as it is, it is told, and it is made right when AWS is back',
  async (t) => {
    const shop = await shopWith(t);
    shop.account('lender', { annotations: { 'latchkey.dev/lend-to': 'SecretStore/aws' } });
    shop.store('aws', { auth: { jwt: { serviceAccountRef: { name: 'lender' } } } });
    const annotate = (force: string) =>
      shop.kubernetes.custom.put(
        EXTERNAL_SECRET_ESO,
        { namespace: 'shop', name: 'db' },
        { uid: 'uid-db', annotations: { force }, rest: { spec: reads('/db', 'aws') } },
      );
    annotate('1');
    await shop.holds('db', { password: CANARY });
    shop.aws.ssm.put('/db', 'canary-second', { region: REGION });

    const back = shop.aws.fault({ action: 'ssm:GetParameters' }, { kind: 'server-error' });
    annotate('2');
    const said = await shop.hears('db', 'NotMaterialized');
    t.strictSame(shop.data('db'), { password: CANARY });
    back();
    annotate('3');

    await shop.holds('db', { password: 'canary-second' });
    t.match(said, '[LK-AWS-AWAY]');
    t.notMatch(await shop.written(), /canary-(5b1d|second)/);
  },
);

t.test(
  'a wrong definition is told with everything that is wrong, and made when it is put right',
  async (t) => {
    const shop = await shopWith(t);
    shop.keys.put('fresh', freshSecret);
    const uid = randomUUID();
    const place = { namespace: 'shop', name: 'repo' };
    shop.kubernetes.custom.put(SEALED_SECRET, place, {
      uid,
      rest: { spec: { encryptedData: { a: 'x' }, color: 'red' } },
    });

    const said = await shop.hears('repo', 'NotMaterialized');
    await sealed(shop, 'repo', CANARY, { uid });
    await shop.holds('repo', { password: CANARY });

    t.match(said, 'LK-DEFINITION');
  },
);

t.test('a name of the form of managed Secrets is not for definitions to take', async (t) => {
  const shop = await shopWith(t);
  shop.keys.put('fresh', freshSecret);
  const name = `latchkey-app-${'0123456789abcdef'.repeat(4)}`;

  await sealed(shop, name, CANARY);

  t.match(await shop.hears(name, 'NotMaterialized'), '[LK-DEFINITION]');
  t.equal(shop.data(name), undefined);
});

t.test('where sealing keys are, nobody has a Secret made', async (t) => {
  const shop = await shopWith(t, {
    flags: ['--sealing-key-namespaces', 'keys', '--excluded-namespaces', ''],
  });
  shop.keys.put('fresh', freshSecret);
  const annotations = { 'latchkey.dev/materialize': 'true' };
  shop.kubernetes.addNamespace('keys');

  await sealed(shop, 'key', CANARY, { annotations, namespace: 'keys' });
  await sealed(shop, 'plain', CANARY);
  await shop.holds('plain', { password: CANARY });

  t.equal(shop.kubernetes.get('Secret', 'keys', 'key'), undefined);
});
