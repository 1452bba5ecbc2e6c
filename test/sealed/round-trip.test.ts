import {
  constants,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  createCipheriv,
  createDecipheriv,
} from 'node:crypto';

import t from 'tap';

import { LatchkeyError } from '../../src/errors.ts';
import { formatCiphertext, parseCiphertext } from '../../src/sealed/ciphertext.ts';
import { openValue } from '../../src/sealed/open-value.ts';
import { sealValue } from '../../src/sealed/seal-value.ts';
import { labelOf, SCOPES } from '../../src/sealed/scope.ts';

const value = new Uint8Array(Buffer.from('canary-sealed-žluťoučký\n'));
const owner = { namespace: 'shop', name: 'db' };

for (const bits of [2048, 3072, 4096]) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 });

  for (const scope of SCOPES) {
    t.test(`a value sealed ${scope} with ${bits} bits opens under its label alone`, async (t) => {
      const label = labelOf({ scope, ...owner });

      const text = await sealValue(value, label, publicKey);
      const ciphertext = parseCiphertext(text);

      t.same(
        Buffer.from((await openValue(ciphertext, label, privateKey))?.reveal() ?? []),
        Buffer.from(value),
      );
      t.equal(await openValue(ciphertext, `${label}x`, privateKey), undefined);
      t.equal(await openValue(ciphertext, label, other.privateKey), undefined);
      t.same(
        openSynchronously(text, label, privateKey),
        Buffer.from(value),
        'by the other API of the runtime',
      );
    });
  }

  t.test(`a value that the other API of the runtime sealed with ${bits} bits opens`, async (t) => {
    const text = sealSynchronously(value, 'shop', publicKey);

    t.same(
      Buffer.from((await openValue(parseCiphertext(text), 'shop', privateKey))?.reveal() ?? []),
      Buffer.from(value),
    );
  });
}

t.test('an altered value does not open, whichever byte was altered', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const text = await sealValue(value, 'shop', publicKey);
  const bytes = Buffer.from(text, 'base64');

  for (const at of [2, 100, 258, 270, bytes.length - 1]) {
    const altered = Buffer.from(bytes);
    altered[at] = (altered[at] ?? 0) ^ 1;
    t.equal(await openValue(parseCiphertext(altered.toString('base64')), 'shop', privateKey), undefined);
  }
});

t.test('a value that was cut short does not open, wherever it was cut', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const bytes = Buffer.from(await sealValue(value, 'shop', publicKey), 'base64');

  for (let length = 0; length < bytes.length; length += 1) {
    const text = bytes.subarray(0, length).toString('base64');
    if (length < 2 + 256 + 16) t.throws(() => parseCiphertext(text), { code: 'LK-SEALED' }, String(length));
    else t.equal(await openValue(parseCiphertext(text), 'shop', privateKey), undefined, String(length));
  }
});

t.test('an empty value is sealed and opened', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  const text = await sealValue(new Uint8Array(), '', publicKey);

  t.equal((await openValue(parseCiphertext(text), '', privateKey))?.size, 0);
});

t.test('a text that YAML broke into lines opens, as it does for kubeseal', async (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const lines = (await sealValue(value, 'shop', publicKey)).replaceAll(/.{64}/g, '$&\r\n');

  t.not(await openValue(parseCiphertext(`  ${lines}\n`), 'shop', privateKey), undefined);
});

for (const [what, text] of [
  ['empty', ''],
  ['no base64', 'hunter2 is no base64'],
  ['base64 of an url', 'AgAB-_=='],
  ['one byte', 'AQ=='],
  ['a length alone', 'AgA='],
  ['cut', Buffer.concat([Buffer.from([1, 0]), Buffer.alloc(256 + 15)]).toString('base64')],
  ['a length of nothing', Buffer.alloc(100).toString('base64')],
  ['endless', 'AAAA'.repeat(500_000)],
] as const) {
  t.test(`a text that is ${what} is refused without its content`, async (t) => {
    const error = t.throws(() => parseCiphertext(text), LatchkeyError) as LatchkeyError;

    t.equal(error.code, 'LK-SEALED');
    t.notMatch(error.message, 'hunter2');
  });
}

function openSynchronously(text: string, label: string, key: Parameters<typeof privateDecrypt>[0]): Buffer {
  const { sealedKey, sealedValue } = parseCiphertext(text);
  const oaep = {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha256',
    oaepLabel: Buffer.from(label),
  };
  const session = privateDecrypt({ key: key as never, ...oaep }, sealedKey);
  const decipher = createDecipheriv('aes-256-gcm', session, Buffer.alloc(12));
  decipher.setAuthTag(sealedValue.slice(-16));
  return Buffer.concat([decipher.update(sealedValue.slice(0, -16)), decipher.final()]);
}

function sealSynchronously(
  value: Uint8Array,
  label: string,
  key: Parameters<typeof publicEncrypt>[0],
): string {
  const session = Buffer.alloc(32, 7);
  const oaep = {
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha256',
    oaepLabel: Buffer.from(label),
  };
  const sealedKey = publicEncrypt({ key: key as never, ...oaep }, session);
  const cipher = createCipheriv('aes-256-gcm', session, Buffer.alloc(12));
  const sealedValue = Buffer.concat([cipher.update(value), cipher.final(), cipher.getAuthTag()]);
  return formatCiphertext({ sealedKey: new Uint8Array(sealedKey), sealedValue: new Uint8Array(sealedValue) });
}
