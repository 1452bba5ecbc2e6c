import t from 'tap';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { LatchkeyError, type Problem } from '../../src/errors.ts';
import type { Decision } from '../../src/admission/respond.ts';
import type { AdmissionRequest } from '../../src/admission/review.ts';
import { applied, podReview } from '../support/admission-client.ts';
import { startWebhook } from '../support/webhook.ts';

const CANARY = 'hunter2-canary';
const POD = {
  metadata: { generateName: 'shop-' },
  spec: { containers: [{ name: 'app', env: [{ name: 'X', value: CANARY }] }] },
};
const ALLOW: Decision = { kind: 'allow', reason: 'asks for nothing', warnings: [] };
const PROBLEM: Problem = {
  code: 'LK-NOT-FOUND',
  place: 'env X',
  field: 'metadata.annotations[latchkey.dev/env.X]',
  message: 'the parameter does not exist',
  remedy: 'Create it.',
};

t.test('what is no AdmissionReview v1 answers 400 without a word of the input', async (t) => {
  const { client, lines, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const review = podReview(POD);
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['no JSON', CANARY, /not JSON/],
    ['no body', '', /not JSON/],
    ['an empty object', '{}', /not an AdmissionReview/],
    ['null', 'null', /not an AdmissionReview/],
    ['an array', `["${CANARY}"]`, /not an AdmissionReview/],
    ['another kind', `{"kind":"${CANARY}"}`, /not an AdmissionReview/],
    [
      'v1beta1',
      JSON.stringify({ ...review, apiVersion: 'admission.k8s.io/v1beta1' }),
      /admission\.k8s\.io\/v1 is/,
    ],
    ['no request', JSON.stringify({ ...review, request: undefined }), /no request/],
    ['no uid', JSON.stringify({ ...review, request: { operation: 'CREATE', kind: {} } }), /uid/],
    ['no operation', JSON.stringify({ ...review, request: { uid: 'a', kind: {} } }), /operation/],
    ['no kind', JSON.stringify({ ...review, request: { uid: 'a', operation: 'CREATE' } }), /kind/],
  ];

  for (const [name, body, expected] of cases) {
    const answer = await client.post(body);
    t.equal(answer.status, 400, name);
    t.match(JSON.parse(answer.text), { code: 'LK-REVIEW', error: expected }, name);
    t.notMatch(answer.text, CANARY, name);
  }
  t.notMatch(lines.join(''), CANARY);
  await stop();
});

t.test('bytes that are not UTF-8 are no JSON, rather than quietly changed', async (t) => {
  const { url, certificates, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const ca = certificates.authority.cert;
  const body = Buffer.concat([Buffer.from('{"kind":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);

  const answer = await new Promise((resolve, reject) => {
    const outgoing = request(`${url}/mutate/pods`, { method: 'POST', ca }, (incoming) => {
      resolve(text(incoming));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

  t.match(answer, 'the body is not JSON');
  await stop();
});

t.test('another path answers 404 as JSON, whatever it looks like', async (t) => {
  const { client, stop } = await startWebhook({ reviewPod: async () => ALLOW });

  for (const path of ['/', '/mutate/pods/x', '/%zz', `/${'a'.repeat(9000)}`]) {
    const answer = await client.post('{}', path);
    t.equal(answer.status, 404, path.slice(0, 20));
    t.match(JSON.parse(answer.text), { code: 'LK-REVIEW' });
  }
  await stop();
});

t.test('everything but the creation of a pod is allowed unseen and unpatched', async (t) => {
  const reviewPod = async () => Promise.reject(new Error('must not be asked'));
  const { client, stop } = await startWebhook({ reviewPod });

  for (const options of [
    { operation: 'UPDATE' },
    { operation: 'DELETE' },
    { operation: 'CONNECT' },
    { subResource: 'ephemeralcontainers' },
    { operation: 'UPDATE', subResource: 'resize' },
  ]) {
    t.same(await client.review(POD, { ...options, uid: 'u1' }), { uid: 'u1', allowed: true });
  }
  const review = podReview(POD, { uid: 'u2' });
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
  const answer = await client.post(
    JSON.stringify({ ...review, request: { ...(review['request'] as object), kind } }),
  );
  t.match(JSON.parse(answer.text), { response: { uid: 'u2', allowed: true } });
  await stop();
});

t.test('the reviewer gets the request, and its decision becomes the answer', async (t) => {
  const seen: AdmissionRequest[] = [];
  const decisions: Decision[] = [
    { ...ALLOW, warnings: ['mind the gap'] },
    {
      kind: 'patch',
      operations: [{ op: 'add', path: '/metadata/annotations', value: { a: 'b' } }],
      warnings: [],
      facts: { delivery: 'secret', planHash: '0123456789abcdef' },
    },
    { kind: 'patch', operations: [], warnings: [] },
    { kind: 'refuse', problems: [PROBLEM], warnings: [] },
  ];
  const { client, lines, metrics, stop } = await startWebhook({
    async reviewPod(request) {
      seen.push(request);
      return decisions[seen.length - 1] ?? ALLOW;
    },
  });

  const allowed = await client.review(POD, { namespace: 'shop', dryRun: true });
  const patched = await client.review(POD);
  const unpatched = await client.review(POD, { uid: 'u3' });
  const refused = await client.review(POD, { namespace: 'shop', uid: 'u4' });

  t.match(seen[0], {
    namespace: 'shop',
    operation: 'CREATE',
    dryRun: true,
    name: '',
    subResource: '',
    object: POD,
  });
  t.match(allowed, { allowed: true, warnings: ['latchkey: mind the gap'], patch: undefined });
  t.match(applied(POD, patched), { metadata: { annotations: { a: 'b' } } });
  t.same(patched.auditAnnotations, { delivery: 'secret', 'plan-hash': '0123456789abcdef' });
  t.same(unpatched, { uid: 'u3', allowed: true });
  t.match(refused, {
    allowed: false,
    status: {
      code: 403,
      reason: 'Forbidden',
      message: /^latchkey: env X: the parameter does not exist \[LK-NOT-FOUND\]\. Create it\./,
      details: { causes: [{ reason: 'LK-NOT-FOUND', field: PROBLEM.field }] },
    },
    auditAnnotations: { codes: 'LK-NOT-FOUND' },
  });
  t.notMatch(JSON.stringify(refused), 'retryAfterSeconds');

  const infos = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ level }) => level === 'info');
  t.equal(infos.length, 4, 'one line a review');
  t.match(infos[3], {
    uid: 'u4',
    namespace: 'shop',
    generateName: 'shop-',
    decision: 'refuse',
    codes: ['LK-NOT-FOUND'],
    operations: 0,
    ms: Number,
  });
  const scraped = (await metrics.scrape()).text;
  t.match(scraped, 'latchkey_admissions_total{decision="patch",delivery="secret",code=""} 1');
  t.match(scraped, 'latchkey_admissions_total{decision="refuse",delivery="",code="LK-NOT-FOUND"} 1');
  t.notMatch(scraped, 'shop', 'no name becomes a label');
  t.notMatch(lines.join('') + scraped, CANARY);
  await stop();
});

t.test('a bug answers 500 and an overload 503, with constant texts', async (t) => {
  const errors: readonly unknown[] = [
    new Error(CANARY, { cause: new Error(CANARY) }),
    Object.assign(new TypeError(CANARY), { code: CANARY.replace('-', ' '), body: CANARY }),
    CANARY,
    new LatchkeyError('LK-OVERLOADED', 'busy'),
  ];
  let next = 0;
  const { client, lines, metrics, stop } = await startWebhook({
    async reviewPod() {
      throw errors[next++];
    },
  });

  for (const expected of [500, 500, 500, 503]) {
    const answer = await client.post(JSON.stringify(podReview(POD)));
    t.equal(answer.status, expected);
    t.match(JSON.parse(answer.text), { code: expected === 500 ? 'LK-INTERNAL' : 'LK-OVERLOADED' });
    t.notMatch(answer.text, CANARY);
  }

  t.match(lines[0], /server\.test\.ts/, 'the log says where');
  t.notMatch(lines.join('') + (await metrics.scrape()).text, CANARY);
  await stop();
});

t.test(
  'a review that is not finished in time is refused before the API server gives up, and told to stop',
  async (t) => {
    let aborted: boolean | undefined;
    const { client, stop } = await startWebhook({
      timeout: '1s',
      reviewPod: (_request, { signal, deadline, receivedAt }) => {
        // Both are fractions of a millisecond, whose difference is off by a hair.
        t.ok(Math.round(deadline - receivedAt) <= 500);
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return new Promise(() => {});
      },
    });

    const answer = await client.review(POD);

    t.match(answer, { allowed: false, status: { message: /not finished within 0\.5 s \[LK-TIMEOUT\]/ } });
    t.equal(aborted, true);
    await stop();
  },
);

t.test('a 5 MiB review is answered, one beyond the limit is refused unread', async (t) => {
  const { client, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const padded = (bytes: number) => ({ ...POD, metadata: { annotations: { note: 'x'.repeat(bytes) } } });

  t.match(await client.review(padded(5 * 1_048_576)), { allowed: true });
  const large = await client.post(JSON.stringify(podReview(padded(9 * 1_048_576)))).catch(() => undefined);
  t.ok(large === undefined || large.status === 413, 'answered 413, or cut while it was still sending');
  t.match(await client.review(POD), { allowed: true }, 'and the server goes on');
  await stop();
});

t.test('JSON nested 5,000 deep is answered', async (t) => {
  const { client, stop } = await startWebhook({ reviewPod: async () => ALLOW });
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
  const review = JSON.stringify(podReview({ spec: 'DEEP' })).replace('"DEEP"', deep);

  t.equal((await client.post(deep)).status, 400);
  t.equal((await client.post(review)).status, 200);
  await stop();
});

t.test('names that JavaScript objects inherit are keys like any other', async (t) => {
  const seen: unknown[] = [];
  const { client, stop } = await startWebhook({
    async reviewPod(request) {
      seen.push(request.object);
      return ALLOW;
    },
  });
  const odd = '{"__proto__":{"x":1},"constructor":{"prototype":{"y":2}}}';
  const review = JSON.stringify(podReview({ spec: 'HERE' })).replace('"HERE"', odd);

  t.equal((await client.post(review)).status, 200);
  t.equal(JSON.stringify((seen[0] as { spec: unknown }).spec), odd);
  t.equal(({} as Record<string, unknown>)['x'], undefined);
  await stop();
});

t.test('log lines stay one line each, whatever the names hold', async (t) => {
  const { client, lines, stop } = await startWebhook({ reviewPod: async () => ALLOW });

  await client.review(POD, { namespace: 'a\nb\u001b[31m\u202e', uid: `u\r\n${'x'.repeat(50)}` });

  t.equal(lines.length, 1);
  t.equal(lines[0]?.trimEnd().includes('\n'), false);
  t.match(JSON.parse(lines[0] ?? ''), { namespace: 'a\\u{a}b\\u{1b}[31m\\u{202e}' });
  await stop();
});
