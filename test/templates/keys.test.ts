// Private keys are made here and now: none may stand in a file.

import { constants, createPublicKey, generateKeyPairSync, type KeyObject, publicEncrypt } from 'node:crypto';
import { exportJWK, exportPKCS8, importJWK, importPKCS8 } from 'jose';
import t from 'tap';
import { parseTemplate } from '../../src/templates/template.ts';
import { failure } from './support.ts';

function render(text: string, data: Readonly<Record<string, string | Uint8Array>>): string {
  return parseTemplate(text, { name: 'x' })
    .render(new Map(Object.entries(data)))
    .toString();
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PAIRS: readonly (readonly [string, string, KeyObject])[] = [
  ['RSA', 'RS256', rsa.privateKey],
  ['P-256', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
  ['P-384', 'ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['P-521', 'ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
  ['Ed25519', 'EdDSA', generateKeyPairSync('ed25519').privateKey],
];

for (const [name, algorithm, key] of PAIRS) {
  t.test(
    `jwkPrivateKeyPem writes a key of ${name} as PKCS#8 that another library reads as the same key`,
    async (t) => {
      const jwk = await exportJWK(
        await importPKCS8(await exportPKCS8(key), algorithm, { extractable: true }),
      );

      const pem = render('{{ jwkPrivateKeyPem .jwk }}', { jwk: JSON.stringify(jwk) });

      const read = await importPKCS8(pem, algorithm, { extractable: true });
      t.match(pem, /^-----BEGIN PRIVATE KEY-----\n/);
      t.same(await exportJWK(read), jwk);
    },
  );

  t.test(`jwkPublicKeyPem does not take a private key of ${name}`, async (t) => {
    const jwk = JSON.stringify(await exportJWK(key));

    const error = failure(() => render('{{ jwkPublicKeyPem .jwk }}', { jwk }));

    t.match(error.message, /the JSON Web Key is a private one/);
  });
}

t.test('jwkPublicKeyPem writes what another library reads as the same key', async (t) => {
  const jwk = await exportJWK(rsa.publicKey);

  const pem = render('{{ jwkPublicKeyPem .jwk }}', { jwk: JSON.stringify(jwk) });

  t.same(await exportJWK(createPublicKey(pem)), jwk);
  t.ok(await importJWK(jwk, 'RS256'));
});

const HASHES = [
  ['SHA1', 'sha1'],
  ['SHA256', 'sha256'],
  ['SHA512', 'sha512'],
  ['None', 'sha256'],
] as const;

for (const [name, oaepHash] of HASHES) {
  t.test(`rsaDecrypt opens what was encrypted with ${name}, by a key in PKCS#1 and in PKCS#8`, async (t) => {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const encrypted = publicEncrypt({ key: rsa.publicKey, padding, oaepHash }, Buffer.from('plain é'));

    for (const type of ['pkcs1', 'pkcs8'] as const) {
      const key = rsa.privateKey.export({ type, format: 'pem' });
      const template = `{{ rsaDecrypt "RSA-OAEP" "${name}" (.text | b64dec) .key }}`;

      t.equal(render(template, { text: encrypted.toString('base64'), key }), 'plain é', type);
    }
  });
}

t.test('rsaDecrypt refuses a wrong key, text and kind of key without their words', async (t) => {
  const key = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const other = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const template = '{{ rsaDecrypt "RSA-OAEP" "SHA256" .text .key }}';

  for (const data of [
    { text: 'not encrypted', key },
    { text: 'x'.repeat(256), key },
    { text: 'x', key: 'no key' },
    { text: 'x'.repeat(256), key: other },
  ]) {
    const { message, cause } = failure(() => render(template, data));

    t.match(message, /rsaDecrypt: the (text cannot be decrypted|private key is n)/);
    t.equal(cause, undefined);
  }
});

t.test('htpasswd makes lines with SHA-1 only, which have no random salt', async (t) => {
  // The line is that of Apache's own: htpasswd -nbs app password
  t.equal(
    render('{{ htpasswd "app" .p "sha" }}', { p: 'password' }),
    'app:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
  );
  t.match(
    failure(() => render('{{ htpasswd "app" .p "bcrypt" }}', { p: 'x' })).message,
    /only the algorithm "sha"/,
  );
  t.match(failure(() => render('{{ htpasswd .p "x" "sha" }}', { p: 'a:b' })).message, /has no colon/);
  t.match(failure(() => render('{{ htpasswd "app" .p }}', { p: 'x' })).message, /takes 3 arguments/);
});
