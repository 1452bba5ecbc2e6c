import { createPublicKey } from 'node:crypto';

import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import { keyRing } from '../../src/sealed/key-ring.ts';
import { createOpener, type Opener, type Sealed, TRIES_OF_A_REVIEW } from '../../src/sealed/opener.ts';
import { labelOf, SCOPES, type SealedFor } from '../../src/sealed/scope.ts';
import { sealValue } from '../../src/sealed/seal-value.ts';
import type { SealingKey } from '../../src/sealed/sealing-key.ts';
import { privateKeys, sealingKey } from '../support/sealing-keys.ts';

const CANARY = 'canary-30f2';
const DAY = 86_400_000;
const NOW = 1000 * DAY;
const strict: SealedFor = { scope: 'strict', namespace: 'shop', name: 'db' };
/** The first is the newest; each is a day older than the one before. */
const keys = privateKeys(500).map((key, index) =>
  sealingKey(key, { name: `key${String(index)}`, madeMs: NOW - index * DAY }),
);
const [newest, second] = keys;

function opener(inUse: () => readonly SealingKey[]): Opener {
  const ring = () => keyRing(inUse().map((key) => ({ key })));
  return createOpener({ ring, clock: { wall: () => NOW }, withoutKeys: 'Make one.' });
}

async function sealed(
  key: SealingKey | undefined,
  sealedFor: SealedFor = strict,
  text = CANARY,
): Promise<Sealed> {
  if (key === undefined) throw new Error('no key');
  const value = new Uint8Array(Buffer.from(text));
  return {
    text: await sealValue(value, labelOf(sealedFor), createPublicKey(key.privateKey)),
    sealedFor,
  };
}

async function refused(opening: Promise<unknown>): Promise<LatchkeyError> {
  const error: unknown = await opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LatchkeyError)) throw new Error('not refused');
  return error;
}

function textOf(opened: { readonly value: { reveal(): Uint8Array } }): string {
  return Buffer.from(opened.value.reveal()).toString();
}

for (const scope of SCOPES) {
  t.test(`a value sealed ${scope} is opened with the key that sealed it, whichever it is`, async (t) => {
    const { open } = opener(() => keys.slice(0, 5));
    const tries = { left: 10 };

    const opened = await open(await sealed(keys[3], { ...strict, scope }), tries);

    t.equal(textOf(opened), CANARY);
    t.equal(opened.key.name, 'key3');
    t.equal(tries.left, 6, 'newest first');
  });
}

t.test('what was opened is not opened again, and of a thousand at once one is', async (t) => {
  const { open } = opener(() => keys.slice(0, 5));
  const value = await sealed(keys[4]);
  const tries = { left: 1000 };

  const opened = await Promise.all(Array.from({ length: 1000 }, () => open(value, tries)));
  const later = await open(value, tries);

  t.ok([...opened, later].every((one) => textOf(one) === CANARY));
  t.equal(tries.left, 995);
});

t.test('the other values of an object begin with the key that opened the first', async (t) => {
  const { open } = opener(() => keys);
  const tries = { left: 1000 };

  await open(await sealed(keys[300]), tries);
  const before = tries.left;
  await open(await sealed(keys[300], strict, 'another'), tries);

  t.equal(before - tries.left, 1);
});

for (const [what, sealedFor] of [
  ['another namespace', { ...strict, namespace: 'bank' }],
  ['another name', { ...strict, name: 'db2' }],
  ['the whole namespace', { ...strict, scope: 'namespace-wide' }],
  ['the whole cluster', { ...strict, scope: 'cluster-wide' }],
] as const) {
  t.test(`a text that was opened does not open for ${what}`, async (t) => {
    const { open } = opener(() => keys.slice(0, 3));
    const value = await sealed(newest);
    await open(value, { left: 10 });

    const error = await refused(open({ text: value.text, sealedFor }, { left: 10 }));

    t.equal(error.code, 'LK-SEALED');
    t.match(error.message, '3 sealing keys (0 to 2 days old)');
  });
}

t.test(
  'a failure says for what it was tried and how old the keys are, and nothing of the text',
  async (t) => {
    const { open } = opener(() => keys.slice(0, 2));
    const value = await sealed(keys[9]);

    const error = await refused(open(value, { left: 10 }));

    t.equal(error.message, 'none of 2 sealing keys (0 to 1 day old) opens it (strict, for shop/db)');
    t.notMatch(error.message + error.remedy, value.text.slice(0, 20));
    t.equal(error.cause, undefined);
  },
);

t.test('an altered value fails as one of another key does', async (t) => {
  const { open } = opener(() => keys.slice(0, 2));
  const value = await sealed(newest);
  const bytes = Buffer.from(value.text, 'base64');

  const messages: string[] = [];
  for (const at of [10, 259, bytes.length - 1]) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 1;
    messages.push(
      (await refused(open({ ...value, text: altered.toString('base64') }, { left: 10 }))).message,
    );
  }
  messages.push((await refused(open(await sealed(keys[9]), { left: 10 }))).message);

  t.equal(new Set(messages).size, 1);
});

t.test(
  'values that were swapped between two keys of an object open: their names are not sealed',
  async (t) => {
    const { open } = opener(() => keys.slice(0, 2));

    const opened = await Promise.all(
      [await sealed(newest, strict, 'one'), await sealed(second, strict, 'two')]
        .toReversed()
        .map((value) => open(value, { left: 10 })),
    );

    t.same(opened.map(textOf), ['two', 'one']);
  },
);

t.test('with 500 keys a review tries a bounded number, and the next goes on', async (t) => {
  const { open } = opener(() => keys);
  const value = await sealed(keys[499]);
  const messages: string[] = [];

  let opened;
  let reviews = 0;
  while (opened === undefined && reviews < 10) {
    reviews += 1;
    const tries = { left: TRIES_OF_A_REVIEW };
    opened = await open(value, tries).catch((error: unknown) => {
      messages.push((error as LatchkeyError).message);
      return undefined;
    });
    t.ok(tries.left >= 0);
  }

  t.equal(reviews, 5);
  t.equal(opened === undefined ? '' : textOf(opened), CANARY);
  t.match(messages[0], '100 of 500 sealing keys (0 to 499 days old) did not open it (strict, for shop/db)');
});

t.test('who waits for the tries of another goes on with his own', async (t) => {
  const { open } = opener(() => keys.slice(0, 50));
  const value = await sealed(keys[40]);

  const [first, other] = await Promise.allSettled([open(value, { left: 5 }), open(value, { left: 100 })]);

  t.equal(first.status, 'rejected');
  t.equal(other.status, 'fulfilled');
});

t.test('what no key opens is not tried again, until there is a new key', async (t) => {
  let inUse = keys.slice(1, 20);
  const { open } = opener(() => inUse);
  const value = await sealed(newest);
  await refused(open(value, { left: 100 }));

  const again = { left: 100 };
  await refused(open(value, again));
  inUse = keys.slice(0, 20);
  const then = { left: 100 };
  const opened = await open(value, then);

  t.equal(again.left, 100);
  t.equal(textOf(opened), CANARY);
  t.equal(then.left, 99, 'the new key alone');
});

t.test('a key that goes out of use opens nothing any more, not even what it opened', async (t) => {
  let inUse = keys.slice(0, 2);
  const { open } = opener(() => inUse);
  const value = await sealed(newest);
  await open(value, { left: 10 });

  inUse = keys.slice(1, 2);

  t.equal((await refused(open(value, { left: 10 }))).code, 'LK-SEALED');
});

t.test('without a key the remedy is that of whoever holds the keys', async (t) => {
  const { open } = opener(() => []);

  const error = await refused(open(await sealed(newest), { left: 10 }));

  t.match(error.message, 'there is no sealing key');
  t.equal(error.remedy, 'Make one.');
});

t.test('keys of another size are not tried, and the message says so', async (t) => {
  const [small] = privateKeys(1, 1024).map((key) => sealingKey(key));
  const { open } = opener(() => keys.slice(0, 3));
  const tries = { left: 10 };

  const error = await refused(open(await sealed(small), tries));

  t.match(error.message, 'a key of 1024 bits sealed it, and none has that size');
  t.equal(tries.left, 10);
});

t.test('memory is bounded: old values go, and open once more with the key that is known', async (t) => {
  const limits = { values: 2, bytes: 1000, keys: 100, failures: 10 };
  const ring = () => keyRing(keys.slice(0, 10).map((key) => ({ key })));
  const { open } = createOpener({ ring, clock: { wall: () => NOW }, withoutKeys: '', limits });
  const values = await Promise.all(
    ['a', 'b', 'c'].map((name, index) => sealed(keys[index + 5], { ...strict, name })),
  );
  for (const value of values) await open(value, { left: 10 });

  const tries = { left: 10 };
  for (const value of values.slice(1)) await open(value, tries);
  const kept = tries.left;
  await open(values[0] as Sealed, tries);

  t.equal(kept, 10);
  t.equal(tries.left, 9);
});

t.test('a value larger than the memory is opened all the same', async (t) => {
  const limits = { values: 10, bytes: 100, keys: 100, failures: 10 };
  const ring = () => keyRing(keys.slice(0, 1).map((key) => ({ key })));
  const { open } = createOpener({ ring, clock: { wall: () => NOW }, withoutKeys: '', limits });
  const value = await sealed(newest, strict, 'x'.repeat(1_000_000));

  t.equal(textOf(await open(value, { left: 1 })).length, 1_000_000);
  t.equal(textOf(await open(value, { left: 1 })).length, 1_000_000);
});
