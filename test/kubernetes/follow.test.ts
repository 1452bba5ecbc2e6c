// Following a kind at an API server in memory: lists, changes, and every way to lose the thread.

import t, { type Test } from 'tap';

import type { Follower } from '../../src/kubernetes/adoption-api.ts';
import { createAdoptionApi } from '../../src/kubernetes/create-adoption-api.ts';
import { follow } from '../../src/kubernetes/follow.ts';
import { eventually } from '../support/eventually.ts';
import { EXTERNAL_SECRET_ESO, EXTERNAL_SECRET_KES } from '../support/kubernetes-double-custom.ts';
import { startKubernetesDouble, type KubernetesDouble } from '../support/kubernetes-double.ts';

const KES = { group: 'kubernetes-client.io', versions: ['v1'], plural: 'externalsecrets' } as const;
const ESO = { group: 'external-secrets.io', versions: ['v1', 'v1beta1'], plural: 'externalsecrets' } as const;

/** What a follower was told, as words. */
function listener() {
  const told: string[] = [];
  const nameOf = (object: unknown): string => (object as { metadata: { name: string } }).metadata.name;
  const follower: Follower = {
    began: () => void told.push('began'),
    set: (object) => void told.push(`set ${nameOf(object)}`),
    removed: (object) => void told.push(`removed ${nameOf(object)}`),
    listed: (version) => void told.push(`listed ${version}`),
    absent: () => void told.push('absent'),
    failed: ({ code, message }) => void told.push(`failed ${code} ${message}`),
  };
  const count = (word: string): number => told.filter((one) => one === word).length;
  return { told, follower, count };
}

async function double(
  t: Test,
  served: Readonly<Record<string, readonly string[]>>,
): Promise<KubernetesDouble> {
  const kubernetes = await startKubernetesDouble({ adoption: true, served });
  t.teardown(() => kubernetes.close());
  return kubernetes;
}

function following(
  t: Test,
  kubernetes: KubernetesDouble,
  kind: Parameters<ReturnType<typeof createAdoptionApi>['follow']>[0] = KES,
) {
  const api = createAdoptionApi({ environment: {}, kubeconfig: kubernetes.kubeconfig });
  const heard = listener();
  const ending = new AbortController();
  t.teardown(() => ending.abort());
  const { wake } = api.follow(kind, heard.follower, ending.signal);
  return { ...heard, wake, stop: () => ending.abort() };
}

t.test('tells what there is, page by page, and then what changes', async (t) => {
  const kubernetes = await double(t, { 'kubernetes-client.io': ['v1'] });
  const names = Array.from({ length: 120 }, (_, index) => `n${String(index).padStart(3, '0')}`);
  for (const name of names) kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name });

  const { told, count } = following(t, kubernetes);
  await eventually(() => count('listed v1') === 1 && kubernetes.custom.watches() === 1, 'a watch');
  const first = [...told];
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'new' });
  kubernetes.custom.remove(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'n000' });
  await eventually(() => count('removed n000') === 1, 'the removal');

  t.strictSame(first, ['began', ...names.map((name) => `set ${name}`), 'listed v1']);
  t.strictSame(told.slice(first.length), ['set new', 'removed n000']);
});

t.test('definitions of a mebibyte each are listed in smaller pages', async (t) => {
  const kubernetes = await double(t, { 'kubernetes-client.io': ['v1'] });
  const spec = { filler: 'x'.repeat(1024 * 1024) };
  for (let index = 0; index < 17; index += 1) {
    kubernetes.custom.put(
      EXTERNAL_SECRET_KES,
      { namespace: 'shop', name: `n${String(index)}` },
      { rest: { spec } },
    );
  }

  const { told, count } = following(t, kubernetes);
  await eventually(() => count('began') === 2, 'a second list');
  await eventually(() => count('set n0') === 1, 'its first page');
  await eventually(() => count('listed v1') === 1 && kubernetes.custom.watches() === 1, 'a watch');
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'new' }, { rest: { spec } });
  await eventually(() => count('set new') === 1, 'the change');

  t.equal(new Set(told.filter((word) => word.startsWith('set '))).size, 18);
  t.notOk(told.some((word) => word.startsWith('failed')));
});

t.test('a namespace of its own is followed alone', async (t) => {
  const kubernetes = await double(t, { 'kubernetes-client.io': ['v1'] });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'a' });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'other', name: 'b' });

  const { told, count } = following(t, kubernetes, { ...KES, namespace: 'shop' });
  await eventually(() => kubernetes.custom.watches() === 1, 'a watch');
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'other', name: 'c' });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'd' });
  await eventually(() => count('set d') === 1, 'the change');

  t.strictSame(told, ['began', 'set a', 'listed v1', 'set d']);
});

t.test('the best version that is served is followed', async (t) => {
  const old = await double(t, { 'external-secrets.io': ['v1alpha1', 'v1beta1'] });
  const both = await double(t, { 'external-secrets.io': ['v1beta1', 'v1'] });

  const onOld = following(t, old, ESO);
  const onBoth = following(t, both, ESO);

  await eventually(
    () => onOld.count('listed v1beta1') === 1 && onBoth.count('listed v1') === 1,
    'both lists',
  );
});

t.test('a kind that is not served costs nothing until somebody asks again', async (t) => {
  const kubernetes = await double(t, {});

  const { told, count, wake } = following(t, kubernetes, ESO);
  await eventually(() => count('absent') === 1, 'absent');
  const calls = kubernetes.requests.length;
  wake();
  await eventually(() => count('absent') === 2, 'absent again');
  kubernetes.custom.serve('external-secrets.io', 'v1');
  kubernetes.custom.put(EXTERNAL_SECRET_ESO, { namespace: 'shop', name: 'a' });
  wake();
  await eventually(() => count('listed v1') === 1, 'the list');

  t.equal(calls, 2, 'one for each version');
  t.strictSame(told.slice(-2), ['set a', 'listed v1']);
});

t.test('a kind that is removed is noticed, with all its objects', async (t) => {
  const kubernetes = await double(t, { 'kubernetes-client.io': ['v1'] });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'a' });

  const { told, count } = following(t, kubernetes);
  await eventually(() => kubernetes.custom.watches() === 1, 'a watch');
  kubernetes.custom.unserve('kubernetes-client.io');
  await eventually(() => count('absent') === 1, 'absent');

  t.ok(told.includes('removed a'));
});

t.test('a watch that ends goes on where it ended', async (t) => {
  const kubernetes = await double(t, { 'kubernetes-client.io': ['v1'] });

  const { told, count } = following(t, kubernetes);
  await eventually(() => kubernetes.custom.watches() === 1, 'a watch');
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'a' });
  await eventually(() => count('set a') === 1, 'the change');
  kubernetes.custom.endWatches();
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'b' });
  await eventually(() => count('set b') === 1, 'what happened meanwhile');

  t.equal(count('listed v1'), 1, 'no second list');
  t.notOk(told.some((word) => word.startsWith('failed')));
});

t.test('a thread that is lost to compaction begins anew with a list', async (t) => {
  const kubernetes = await double(t, { 'kubernetes-client.io': ['v1'] });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'a' });

  const { told, count } = following(t, kubernetes);
  await eventually(() => kubernetes.custom.watches() === 1, 'a watch');
  kubernetes.custom.endWatches();
  kubernetes.custom.remove(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'a' });
  kubernetes.custom.put(EXTERNAL_SECRET_KES, { namespace: 'shop', name: 'b' });
  kubernetes.custom.compact();
  await eventually(() => count('listed v1') === 2, 'the second list');

  t.strictSame(told.slice(-3), ['began', 'set b', 'listed v1']);
});

t.test('what cannot be read is said, and tried again', async (t) => {
  const kubernetes = await double(t, { 'kubernetes-client.io': ['v1'] });
  kubernetes.fault('GET /apis/kubernetes-client.io', { kind: 'answer', status: 500, body: 'canary' }, 1);

  const { told, count } = following(t, kubernetes);
  await eventually(() => count('listed v1') === 1, 'the list');

  t.match(told, [
    'began',
    /^failed LK-KUBERNETES the API server refused: list externalsecrets\.kubernetes-client\.io/,
    'began',
  ]);
  t.notMatch(told.join(' '), 'canary');
});

t.test('a right that is missing is named', async (t) => {
  const kubernetes = await startKubernetesDouble({ served: { 'kubernetes-client.io': ['v1'] } });
  t.teardown(() => kubernetes.close());

  const { told } = following(t, kubernetes);
  await eventually(() => told.length > 1, 'the failure');

  t.match(told[1], 'failed LK-KUBERNETES Latchkey may not list externalsecrets.kubernetes-client.io (403)');
});

t.test('nothing is asked any more once it was stopped', async (t) => {
  const kubernetes = await double(t, { 'kubernetes-client.io': ['v1'] });

  const { stop } = following(t, kubernetes);
  await eventually(() => kubernetes.custom.watches() === 1, 'a watch');
  stop();
  await eventually(() => kubernetes.custom.watches() === 0, 'the end of the watch');

  t.equal(kubernetes.calls('externalsecrets'), 2);
});

t.test(
  "of objects whose content is nobody's business only metadata travel, in lists and watches",
  async (t) => {
    const asked: (string | undefined)[] = [];
    const ending = new AbortController();
    t.teardown(() => ending.abort());
    const body = { items: null, metadata: { resourceVersion: '1' } };

    follow(
      {
        kind: { group: '', versions: ['v1'], plural: 'secrets', metadataOnly: true },
        follower: listener().follower,
        async send({ accept }) {
          asked.push(accept);
          return { status: 200, body };
        },
        async watch(_path, signal, accept) {
          asked.push(accept);
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          throw new Error('over');
        },
      },
      ending.signal,
    );
    await eventually(() => asked.length === 2, 'a list and a watch');

    t.strictSame(asked, [
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    ]);
  },
);
