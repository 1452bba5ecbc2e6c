// What one hostile review may cost: neither an answer without bounds nor memory that stays.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';

import { podReview, type Raw } from '../support/admission-client.ts';
import { podOf, REGION, startInstallation, type Installation } from '../support/installation.ts';

const KIB = 1024;
const MIB = KIB * KIB;

async function openShop(): Promise<Installation> {
  const shop = await startInstallation();
  shop.account('app');
  shop.aws.ssm.put('/a', 'canary', { region: REGION });
  return shop;
}

t.test('an answer is not many times as large as what was asked', async (t) => {
  const shop = await openShop();
  t.teardown(() => shop.close());
  const names = Array.from({ length: 12_000 }, (_, n) => [`latchkey.dev/e${n}`, 'x'] as const);
  const unclosed = Array.from({ length: 20_000 }, (_, n) => ({ name: `V${n}`, value: '((latchkey:ssm:/a' }));
  const pods: Readonly<Record<string, Raw>> = {
    'one name again and again': podOf({ annotations: { 'latchkey.dev/env': 'a:\n'.repeat(85_000) } }),
    'lines without reference': podOf({
      annotations: { 'latchkey.dev/env': Array.from({ length: 20_000 }, (_, n) => `V${n}: x`).join('\n') },
    }),
    'unknown annotations': podOf({ annotations: Object.fromEntries(names) }),
    'references in place': podOf({ spec: { containers: [{ name: 'app', image: 'x', env: unclosed }] } }),
    'variables times containers': podOf({
      annotations: { 'latchkey.dev/env': Array.from({ length: 500 }, (_, n) => `V${n}: ssm:/a`).join('\n') },
      spec: { containers: Array.from({ length: 500 }, (_, n) => ({ name: `c${n}`, image: 'x' })) },
    }),
  };

  for (const [what, pod] of Object.entries(pods)) {
    const { status, text } = await shop.client.post(JSON.stringify(podReview(pod)));

    t.equal(status, 200, what);
    t.match(text.slice(0, 200), /"allowed":false/, what);
    t.ok(text.length < 2 * MIB, `${what}: ${text.length} bytes`);
  }
});

t.test('what a forged review claims does not stay in memory', async (t) => {
  const shop = await openShop();
  t.teardown(() => shop.close());
  const annotations = { 'latchkey.dev/env.A': 'ssm:/a' };
  const long = (n: number): string => `${n}-`.repeat(MIB / 2);
  const forgeries: readonly ((n: number) => Raw)[] = [
    (n) => podOf({ annotations, owner: { metadata: { name: 'x', uid: long(n) } } }),
    (n) => podOf({ annotations, owner: { metadata: { name: long(n), uid: 'x' } } }),
    (n) => podOf({ annotations: { ...annotations, 'latchkey.dev/status': long(n) } }),
    (n) => podOf({ annotations, hash: long(n) }),
    (n) => podOf({ annotations, serviceAccount: long(n) }),
  ];
  await shop.review(podOf({ annotations }));
  const before = heapInUse();

  for (const forge of forgeries) {
    for (let n = 10; n < 20; n += 1) await shop.client.post(JSON.stringify(podReview(forge(n))));
  }

  const kept = heapInUse() - before;
  t.ok(kept < 20 * MIB, `${Math.round(kept / MIB)} MiB of 70 stay`);
});

t.test('a pod is looked at in one pass, however it is made', async (t) => {
  const shop = await openShop();
  t.teardown(() => shop.close());
  const annotations = { 'latchkey.dev/file.x': 'ssm:/a' };
  const made = (metadata: Raw): Raw => {
    const pod = podOf({ annotations });
    return { ...pod, metadata: { ...(pod['metadata'] as Raw), ...metadata } };
  };
  const withValue = (value: string): Raw =>
    podOf({ spec: { containers: [{ name: 'app', image: 'x', env: [{ name: 'X', value }] }] } });
  const mounts = Array.from({ length: 60_000 }, (_, n) => ({ name: 'd', mountPath: `/m/${n}` }));
  const files = Array.from({ length: 900 }, (_, n) => `/x/${n}: ssm:/a`).join('\n');
  const pods: Readonly<Record<string, Raw>> = {
    'slashes before the end of a path': podOf({
      annotations,
      spec: {
        containers: [
          { name: 'app', image: 'x', volumeMounts: [{ name: 'd', mountPath: `${'/'.repeat(MIB)}x` }] },
        ],
      },
    }),
    'dashes before the end of a name': made({ name: `${'-'.repeat(MIB)}x` }),
    'dashes before the end of the beginning of a name': made({
      name: undefined,
      generateName: `${'-'.repeat(MIB)}x`,
    }),
    'variables that do not end': withValue(`${'$('.repeat(MIB)}((latchkey:ssm:/a))`),
    'references that do not end': withValue('((latchkey:ssm:/a#"'.repeat(MIB / 20)),
    'mounts beside files': podOf({
      annotations: { 'latchkey.dev/files': files },
      spec: { containers: [{ name: 'app', image: 'x', volumeMounts: mounts }] },
    }),
  };

  // What goes over a text again from each of its characters takes hours here.
  for (const [what, pod] of Object.entries(pods)) {
    const { status } = await shop.client.post(JSON.stringify(podReview(pod)));

    t.equal(status, 200, what);
  }
});

t.test('a block that only the YAML parser can read is no longer than it reads at once', async (t) => {
  const shop = await openShop();
  t.teardown(() => shop.close());

  for (const [code, env] of [
    ['LK-LIMIT', '{'.repeat(250 * KIB)],
    ['LK-LIMIT', '[a,'.repeat(80 * KIB)],
    ['LK-SYNTAX', '{'.repeat(10 * KIB)],
  ] as const) {
    const answer = await shop.review(podOf({ annotations: { 'latchkey.dev/env': env } }));

    t.match(answer.status?.message, new RegExp(`\\[${code}\\]`));
  }
});

t.test('the ARN of a role is no longer than IAM has them', async (t) => {
  const shop = await openShop();
  t.teardown(() => shop.close());
  const role = `arn:aws:iam::111122223333:role/${'x'.repeat(600)}/r`;

  const answer = await shop.review(
    podOf({ annotations: { 'latchkey.dev/env.A': 'ssm:/a', 'latchkey.dev/assume-role-arn': role } }),
  );

  t.match(answer.status?.message, /LK-SYNTAX/);
});

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
