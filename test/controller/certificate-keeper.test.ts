import { X509Certificate } from 'node:crypto';
import t, { type Test } from 'tap';
import { createCertificateKeeper } from '../../src/controller/certificate-keeper.ts';
import { createControllerApi } from '../../src/kubernetes/create-controller-api.ts';
import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts';
import { createAuthority, issueServing, serviceNames } from '../../src/tls/authority.ts';
import { logLines } from '../support/log-lines.ts';
import { startKubernetesDouble, type KubernetesDouble } from '../support/kubernetes-double.ts';
import { testClock } from '../support/test-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PROPAGATION = 5 * 60_000;
const RETENTION = 12 * PROPAGATION;
const signal = new AbortController().signal;

interface SetUp {
  readonly service?: string;
}

async function setUp(t: Test, { service = 'latchkey' }: SetUp = {}) {
  const clock = testClock();
  let skewMs = 0;
  const double = await startKubernetesDouble({ now: () => clock.wall() - skewMs });
  t.teardown(() => double.close());
  double.addNamespace('latchkey');
  emptySecret(double, 'ca');
  emptySecret(double, 'tls');
  configuration(double, 'Mutating', 2);
  configuration(double, 'Validating', 1);
  const metrics = createControllerMetrics({ processMetrics: false });
  const { log, text } = logLines();
  const newKeeper = () =>
    createCertificateKeeper({
      api: createControllerApi({ kubeconfig: double.controllerKubeconfig, clock }),
      places: {
        namespace: 'latchkey',
        caSecret: 'ca',
        tlsSecret: 'tls',
        registrations: ['latchkey'],
        hosts: serviceNames(service, 'latchkey'),
      },
      clock,
      limits: { propagationMs: PROPAGATION, retentionMs: RETENTION },
      authorityLifetimeMs: 1095 * DAY,
      servingLifetimeMs: 90 * DAY,
      log,
      metrics,
    });
  const keeper = newKeeper();
  return {
    double,
    clock,
    metrics,
    newKeeper,
    text,
    skew: (ms: number) => (skewMs = ms),
    look: () => keeper(signal),
    content: (name: string) => contentOf(double, name),
    leaf: () => new X509Certificate(contentOf(double, 'tls')['tls.crt'] ?? ''),
    bundles: () => bundlesOf(double),
  };
}

function emptySecret(double: KubernetesDouble, name: string): void {
  const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
  double.put('v1', 'Secret', { namespace: 'latchkey', name }, { labels, rest: { type: 'Opaque' } });
}

function fill(double: KubernetesDouble, name: string, data: Readonly<Record<string, string>>): void {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  const rest = { type: 'Opaque', data: Object.fromEntries(encoded) as object };
  double.put('v1', 'Secret', { namespace: 'latchkey', name }, { rest });
}

function configuration(double: KubernetesDouble, kind: string, webhooks: number): void {
  const service = { name: 'latchkey', namespace: 'latchkey', path: '/mutate/pods', port: 443 };
  const list = Array.from({ length: webhooks }, (_, index) => ({
    name: `w${String(index)}.latchkey.dev`,
    clientConfig: { service },
    failurePolicy: 'Fail',
  }));
  double.put(
    'admissionregistration.k8s.io/v1',
    `${kind}WebhookConfiguration`,
    { name: 'latchkey' },
    { rest: { webhooks: list } },
  );
}

function contentOf(double: KubernetesDouble, name: string): Readonly<Record<string, string>> {
  const data = (double.get('Secret', 'latchkey', name)?.['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

function bundlesOf(double: KubernetesDouble): readonly string[] {
  return ['Mutating', 'Validating'].flatMap((kind) => {
    const object = double.get(`${kind}WebhookConfiguration`, undefined, 'latchkey');
    const webhooks = (object?.['webhooks'] ?? []) as { clientConfig: { caBundle?: string } }[];
    return webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString());
  });
}

function certificatesIn(bundle: string): readonly X509Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

/** Whether whoever holds this bundle accepts this certificate. */
function verifies(leaf: X509Certificate, bundle: string): boolean {
  return certificatesIn(bundle).some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey));
}

t.test('empty Secrets are filled, and every webhook of both configurations gets the authority', async (t) => {
  const { look, content, leaf, bundles, double, metrics } = await setUp(t);

  await look();

  t.same(Object.keys(content('ca')).toSorted(), ['ca.crt', 'ca.key']);
  t.same(Object.keys(content('tls')).toSorted(), ['tls.crt', 'tls.key']);
  t.same(new Set(bundles()), new Set([content('ca')['ca.crt']]));
  t.equal(bundles().length, 3);
  t.ok(verifies(leaf(), bundles()[0] ?? ''));
  t.ok(leaf().checkHost('latchkey.latchkey.svc'));
  t.match(double.get('Secret', 'latchkey', 'ca')?.metadata.labels, {
    'app.kubernetes.io/managed-by': 'Helm',
  });
  t.match((await metrics.scrape()).text, /expiry_timestamp_seconds\{certificate="serving"\} \d/);
});

t.test('when all is well a look only reads', async (t) => {
  const { look, double } = await setUp(t);
  await look();
  double.resetCalls();

  await look();

  t.same([...double.requests].toSorted(), [
    'GET /api/v1/namespaces/latchkey/secrets/ca',
    'GET /api/v1/namespaces/latchkey/secrets/tls',
    'GET /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/latchkey',
    'GET /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/latchkey',
  ]);
});

t.test('the serving certificate is renewed alone, in the last third of its life', async (t) => {
  const { look, content, leaf, clock } = await setUp(t);
  await look();
  const before = { ca: content('ca'), leaf: leaf().fingerprint256 };

  clock.advance(59 * DAY);
  await look();
  t.equal(leaf().fingerprint256, before.leaf);
  clock.advance(2 * DAY);
  await look();

  t.not(leaf().fingerprint256, before.leaf);
  t.same(content('ca'), before.ca);
  t.equal(leaf().validToDate.getTime(), clock.wall() + 90 * DAY);
});

t.test('an authority is renewed in the safe order', async (t) => {
  const { look, content, leaf, bundles, clock } = await setUp(t);
  await look();
  for (let days = 0; days < 731; days += 30) {
    clock.advance(30 * DAY);
    await look();
  }
  const [old = ''] = [content('ca')['ca.crt']];
  const next = content('ca')['next.crt'] ?? '';
  t.not(next, '', 'made');
  t.ok(
    bundles().every((bundle) => bundle === old + next),
    'published beside the old one',
  );
  t.ok(verifies(leaf(), old));

  clock.advance(PROPAGATION - 1000);
  await look();
  t.ok(verifies(leaf(), old), 'not used before every API server knows it');

  clock.advance(1000);
  await look();
  t.ok(verifies(leaf(), next), 'signs now');
  t.match(content('ca'), { 'ca.crt': next, 'previous.crt': old });
  t.notOk('next.key' in content('ca'));
  t.ok(
    bundles().every((bundle) => bundle.length === (old + next).length),
    'replicas may still serve what the old one signed',
  );

  clock.advance(RETENTION);
  await look();
  t.same(new Set(bundles()), new Set([next]));
  t.notOk('previous.crt' in content('ca'));
});

t.test('a new leader waits anew, and goes on where the last one was', async (t) => {
  const { look, newKeeper, content, clock } = await setUp(t);
  await look();
  clock.advance(731 * DAY);
  await look();
  const next = content('ca')['next.crt'];
  clock.advance(PROPAGATION);

  const successor = newKeeper();
  await successor(signal);
  t.equal(content('ca')['next.crt'], next);
  clock.advance(PROPAGATION);
  await successor(signal);

  t.equal(content('ca')['ca.crt'], next);
});

t.test('a caBundle that somebody emptied is there again after the next look', async (t) => {
  const { look, double, bundles, content } = await setUp(t);
  await look();
  configuration(double, 'Mutating', 3);

  await look();

  t.equal(bundles().length, 4);
  t.same(new Set(bundles()), new Set([content('ca')['ca.crt']]));
});

t.test('another TLS mode: what signed so far stays trusted until its replicas are gone', async (t) => {
  const { look, double, bundles, content, clock } = await setUp(t);
  const other = await createAuthority({ days: 365, wallMs: clock.wall() });
  const webhooks = double.get('MutatingWebhookConfiguration', undefined, 'latchkey')?.['webhooks'];
  for (const { clientConfig } of webhooks as { clientConfig: { caBundle?: string } }[]) {
    clientConfig.caBundle = Buffer.from(other.cert).toString('base64');
  }

  await look();
  t.ok(bundles().every((bundle) => certificatesIn(bundle).length === 2));
  clock.advance(RETENTION);
  await look();

  t.same(new Set(bundles()), new Set([content('ca')['ca.crt']]));
});

t.test('two controllers at once make one authority and one certificate', async (t) => {
  const { look, newKeeper, double, content, leaf, bundles } = await setUp(t);

  await Promise.all([look(), newKeeper()(signal), newKeeper()(signal)]);
  await look();

  t.ok(verifies(leaf(), content('ca')['ca.crt'] ?? ''));
  t.same(new Set(bundles()), new Set([content('ca')['ca.crt']]));
  t.ok(double.calls('PUT') > 2, 'there were conflicts');
});

t.test('a registration that changes under the patch is read again', async (t) => {
  const { look, double, bundles, content } = await setUp(t);
  double.before(/^PATCH .*mutating/, () => configuration(double, 'Mutating', 3));

  await look();

  t.equal(bundles().length, 4);
  t.same(new Set(bundles()), new Set([content('ca')['ca.crt']]));
});

t.test('no registration at all is no failure', async (t) => {
  const { look, double, leaf, text } = await setUp(t);
  double.remove('MutatingWebhookConfiguration', undefined, 'latchkey');
  double.remove('ValidatingWebhookConfiguration', undefined, 'latchkey');

  await look();

  t.ok(leaf());
  t.match(text(), 'no webhook configuration of these names exists');
});

t.test('a policy that refuses the caBundle is named', async (t) => {
  const { look, double } = await setUp(t);
  const message = "ValidatingAdmissionPolicy 'x' with binding 'x' denied request: canary-text";
  double.fault('PATCH', {
    kind: 'answer',
    status: 422,
    body: { kind: 'Status', reason: 'Invalid', message },
  });

  await t.rejects(look(), {
    code: 'LK-KUBERNETES',
    message: 'a policy refused the caBundle of mutating webhook configuration "latchkey" (422)',
  });
});

t.test('a Secret that is missing is not created', async (t) => {
  const { look, double } = await setUp(t);
  double.remove('Secret', 'latchkey', 'ca');

  await t.rejects(look(), {
    code: 'LK-CONFIG',
    message: 'Secret "ca" does not exist in namespace "latchkey"',
  });

  t.equal(double.calls('POST'), 0);
});

t.test('keys without a value are as good as none', async (t) => {
  const { look, double, leaf } = await setUp(t);
  fill(double, 'tls', { 'tls.crt': '', 'tls.key': '' });

  await look();

  t.ok(leaf());
});

t.test('what we cannot read is told, stays as it is, and no word of it appears', async (t) => {
  const authority = await createAuthority({ days: 1000, wallMs: testClock().wall() });
  const stranger = await createAuthority({ days: 1000, wallMs: testClock().wall() });
  const order = { dns: ['x.example'], ips: [], days: 30, wallMs: testClock().wall() };
  const serving = await issueServing(authority, order);
  const bad: readonly (readonly [name: string, data: Record<string, string>, says: RegExp])[] = [
    ['ca', { 'ca.crt': 'canary' }, /^Secret "ca" has ca.crt and ca.key that are no certificate and its key$/],
    ['ca', { 'ca.crt': authority.cert }, /no certificate and its key/],
    ['ca', { 'ca.crt': authority.cert, 'ca.key': stranger.key }, /no certificate and its key/],
    [
      'ca',
      { 'ca.crt': serving.cert, 'ca.key': serving.key },
      /has a ca.crt that is no certificate authority/,
    ],
    ['ca', { 'next.crt': authority.cert, 'next.key': authority.key }, /neither ca.crt nor ca.key/],
    ['ca', { password: 'canary' }, /holds something, but neither/],
    [
      'ca',
      { 'ca.crt': authority.cert, 'ca.key': authority.key, 'next.crt': 'canary' },
      /has next.crt and next.key/,
    ],
    [
      'ca',
      {
        'ca.crt': authority.cert,
        'ca.key': authority.key,
        'previous.crt': '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----',
      },
      /has a previous.crt that cannot be decoded/,
    ],
    [
      'tls',
      { 'tls.crt': 'canary', 'tls.key': 'canary' },
      /^Secret "tls" has tls.crt and tls.key that are no/,
    ],
    ['tls', { 'tls.crt': serving.cert, 'tls.key': stranger.key }, /no certificate and its key/],
    ['tls', { password: 'canary' }, /no certificate and its key/],
  ];
  const { look, double, content, bundles, text } = await setUp(t);
  for (const [name, data, says] of bad) {
    fill(double, name === 'ca' ? 'tls' : 'ca', {});
    fill(double, name, data);

    const error = await look().then(
      () => undefined,
      (error: unknown) => error as Error,
    );

    t.match(error, { code: 'LK-CONFIG', message: says });
    t.same(content(name), data, 'not overwritten');
    t.notMatch(JSON.stringify([error, error?.stack, text()]), 'canary');
    t.ok(
      bundles().every((bundle) => bundle === ''),
      'nothing was published',
    );
  }
});

t.test('a certificate that somebody else made is not overwritten, even a good one', async (t) => {
  const { look, double, content } = await setUp(t);
  const { generate } = await import('selfsigned');
  const theirs = await generate([{ name: 'commonName', value: 'corp-ca' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  });
  const data = { 'tls.crt': theirs.cert, 'tls.key': theirs.private };
  fill(double, 'tls', data);

  await t.rejects(look(), { message: 'Secret "tls" holds a certificate that Latchkey did not make' });

  t.same(content('tls'), data);
});

t.test("an authority of one's own is used", async (t) => {
  const { look, double, leaf, content, clock } = await setUp(t);
  const own = await createAuthority({ days: 3000, wallMs: clock.wall() });
  fill(double, 'ca', { 'ca.crt': own.cert, 'ca.key': own.key, note: 'stays' });

  await look();

  t.ok(verifies(leaf(), own.cert));
  t.equal(content('ca')['note'], 'stays');
});

t.test('with a wrong clock no certificate is made, in either direction', async (t) => {
  for (const skewMs of [10 * HOUR, -10 * HOUR]) {
    const { look, skew, content } = await setUp(t);
    skew(skewMs);

    await t.rejects(look(), {
      code: 'LK-CONFIG',
      message: /^this machine's clock is 3600\d s (ahead of|behind) /,
    });

    t.same(content('ca'), {});
  }
});

t.test('after a long absence, when everything has expired, it is made anew at once', async (t) => {
  const { look, leaf, bundles, clock } = await setUp(t);
  await look();
  clock.advance(1200 * DAY);

  await look();

  t.ok(leaf().validToDate.getTime() > clock.wall());
  t.ok(bundles().every((bundle) => verifies(leaf(), bundle)));
});

t.test('when the leader stops in the middle, nothing more is written', async (t) => {
  const { newKeeper, double, content } = await setUp(t);
  const lost = new AbortController();
  double.before('PATCH', () => lost.abort());

  await newKeeper()(lost.signal).catch(() => {});

  t.same(content('tls'), {});
});
