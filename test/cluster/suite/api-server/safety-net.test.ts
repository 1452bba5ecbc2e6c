// The chart's safety net: pods as people write them, and every fixture of admission, as it was asked and as it is delivered.

import { readdirSync, readFileSync } from 'node:fs';
import fastJsonPatch from 'fast-json-patch';
import t from 'tap';
import { parseAllDocuments } from 'yaml';

import type { Json } from '../../support/api.ts';
import { installPolicies, pod } from '../../support/chart-policies.ts';
import { defaultAccount } from '../../support/namespaces.ts';

const policies = await installPolicies();
t.teardown(() => policies.close());
const { api, release, core, space, labels } = policies;

const REFERENCE = { valueFrom: { secretKeyRef: { name: 'latchkey-x', key: 'env.A' } } };
const ASKED = { 'latchkey.dev/env.A': 'ssm:/a' };
const STATUS = { 'latchkey.dev/status': '{}' };
const NET: readonly (readonly [what: string, passes: boolean, pod: Json])[] = [
  ['that asks for nothing', true, {}],
  ['that has settings alone', true, { annotations: { 'latchkey.dev/region': 'eu-central-1' } }],
  ['with our name in an image', true, { env: [{ name: 'I', value: 'registry.example/latchkey:v1' }] }],
  ['with our name before a tag', true, { env: [{ name: 'I', value: 'latchkey:v1' }] }],
  ['with a reference in the middle', true, { env: [{ name: 'I', value: 'see latchkey:ssm:/a' }] }],
  ['with a reference in place', false, { env: [{ name: 'I', value: 'latchkey:ssm:/a' }] }],
  ['with white space before it', false, { env: [{ name: 'I', value: '\n \u00a0\ufefflatchkey:arn:aws:x' }] }],
  ['with a template in place', false, { env: [{ name: 'I', value: 'a((latchkey:ssm:/a))' }] }],
  ['that asks and has no status', false, { annotations: ASKED, env: [{ name: 'A', ...REFERENCE }] }],
  ['that asks in a block and has no status', false, { annotations: { 'latchkey.dev/env': 'A: ssm:/a' } }],
  ['without the variable', false, { annotations: { ...ASKED, ...STATUS } }],
  [
    "with somebody else's variable",
    false,
    { annotations: { ...ASKED, ...STATUS }, env: [{ name: 'A', value: 'b' }] },
  ],
  [
    'with another variable of ours',
    false,
    { annotations: { ...ASKED, ...STATUS }, env: [{ name: 'B', ...REFERENCE }] },
  ],
  ['with the variable', true, { annotations: { ...ASKED, ...STATUS }, env: [{ name: 'A', ...REFERENCE }] }],
  [
    'with an optional variable left out',
    true,
    { annotations: { 'latchkey.dev/env.A': 'ssm:/a?optional=true', ...STATUS } },
  ],
  ['without the volume of a file', false, { annotations: { 'latchkey.dev/file.a': 'ssm:/a', ...STATUS } }],
  ['that opted out by annotation', true, { annotations: { ...ASKED, 'latchkey.dev/injection': 'disabled' } }],
  ['that opted out by label', true, { annotations: ASKED, labels: { 'latchkey.dev/injection': 'disabled' } }],
];

for (const [what, passes, fields] of NET) {
  t.test(`the safety net ${passes ? 'lets a pod in' : 'refuses a pod'} ${what}`, async (t) => {
    const { status, body } = await api.send('POST', `${core}/pods?dryRun=All`, pod(fields));

    t.equal(status, passes ? 201 : 403, body.message);
    if (!passes) t.match(body.message, `MutatingWebhookConfiguration ${release}`);
  });
}

t.test('the safety net lets pods in where the namespace opted out', async (t) => {
  const name = `${space}-out`;
  const annotations = { 'latchkey.dev/injection': 'disabled' };
  await api.create('/api/v1/namespaces', { metadata: { name, labels, annotations } });
  t.teardown(() => api.remove(`/api/v1/namespaces/${name}`));
  await defaultAccount(api, `/api/v1/namespaces/${name}`);

  const { status, body } = await api.send(
    'POST',
    `/api/v1/namespaces/${name}/pods?dryRun=All`,
    pod({ annotations: ASKED }),
  );

  t.equal(status, 201, body.message);
});

const NET_REFUSES = 'the safety net refuses';
const FOLDER = new URL('../../../fixtures/pods/', import.meta.url);
for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.patch.json'))) {
  const name = file.slice(0, -'.patch.json'.length);
  const expected: Json = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'), (_, part) =>
    part?.name === 'LATCHKEY_FETCH_PLAN' ? { ...part, value: JSON.stringify(part.value) } : part,
  );
  const operations: readonly Json[] = Array.isArray(expected) ? expected : (expected.operations ?? []);
  if (operations.length === 0) continue;
  const [document] = parseAllDocuments(readFileSync(new URL(`${name}.yaml`, FOLDER), 'utf8'));
  const asked: Json = document?.toJS();

  t.test(`the safety net lets in what is delivered, and not what was asked: ${name}`, async (t) => {
    const delivered = fastJsonPatch.applyPatch(
      structuredClone(asked),
      structuredClone(operations) as [],
    ).newDocument;

    const [before, after] = await Promise.all([asked, delivered].map(answerTo));

    // A copy of an injected pod asks and carries what it asks for.
    const isCopy = asked.metadata.annotations?.['latchkey.dev/status'] !== undefined;
    if (!isCopy) t.not(before, 201, 'as it was asked');
    t.not(after, NET_REFUSES, 'as it is delivered');
  });
}

/** The status; other parts of a fixture may be refused on purpose. */
async function answerTo(fixture: Json): Promise<number | typeof NET_REFUSES> {
  const left = { ownerReferences: undefined, uid: undefined, resourceVersion: undefined };
  const { status, body } = await api.send('POST', `${core}/pods?dryRun=All`, {
    ...fixture,
    metadata: { ...fixture.metadata, ...left, namespace: space },
    spec: { ...fixture.spec, serviceAccountName: undefined },
  });
  return String(body.message).includes('safety-net') ? NET_REFUSES : status;
}
