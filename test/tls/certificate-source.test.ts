import t from 'tap';
import { SecretValue } from '../../src/secret-value.ts';
import { certificateFiles, certificateSecret } from '../../src/tls/certificate-source.ts';
import type { Content } from '../../src/tls/stored-authorities.ts';
import { testCertificates } from '../support/certificates.ts';

const NAME = 'latchkey/latchkey-tls';
const certificates = await testCertificates();

function content(data: Readonly<Record<string, string>>): Content {
  return new Map(Object.entries(data).map(([key, text]) => [key, new SecretValue(text)]));
}

function secretWith(data: Readonly<Record<string, string>> | undefined) {
  return certificateSecret({ name: NAME, read: async () => data && content(data) });
}

t.test('a Secret of type kubernetes.io/tls is read like the files of a mounted one', async (t) => {
  const { cert, key } = certificates.serving;
  const root = t.testdir({ 'tls.crt': cert, 'tls.key': key });
  const files = certificateFiles({ certFile: `${root}/tls.crt`, keyFile: `${root}/tls.key` });

  const material = await secretWith({ 'tls.crt': cert, 'tls.key': key }).read(Date.now());

  t.strictSame(material, await files.read(Date.now()));
});

t.test('the CA of callers comes from a file all the same, and its directory is watched', async (t) => {
  const { cert, key } = certificates.serving;
  const root = t.testdir({ 'ca.crt': certificates.authority.cert });
  const read = async () => content({ 'tls.crt': cert, 'tls.key': key });

  const source = certificateSecret({ name: NAME, read, clientCaFile: `${root}/ca.crt` });

  t.equal((await source.read(Date.now())).clientCa, certificates.authority.cert);
  t.strictSame(source.directories, [root]);
});

t.test('what is wrong is said with the Secret and its key, and without a byte of it', async (t) => {
  const { cert, key } = certificates.serving;
  const other = await testCertificates();
  const cases = [
    [undefined, /^Secret latchkey\/latchkey-tls does not exist$/],
    [{}, /^tls\.crt of Secret latchkey\/latchkey-tls holds no PEM certificate$/],
    [{ 'tls.crt': 'hunter2', 'tls.key': key }, /^tls\.crt of Secret .* holds no PEM certificate$/],
    [{ 'tls.crt': cert, 'tls.key': 'hunter2' }, /^tls\.key of Secret .* holds no private key/],
    [
      { 'tls.crt': cert, 'tls.key': other.serving.key },
      /^tls\.key of Secret .* is not the key of the certificate$/,
    ],
  ] as const;

  for (const [data, expected] of cases) {
    const error: unknown = await secretWith(data)
      .read(Date.now())
      .catch((reason: unknown) => reason);

    t.match(error, { code: 'LK-CONFIG', message: expected, cause: undefined });
    t.notMatch(JSON.stringify(error) + String(error), 'hunter2');
  }
});

t.test('a name for a terminal is not printed as it is', async (t) => {
  const source = certificateSecret({ name: 'a/\u001B[31m', read: async () => undefined });

  const error: unknown = await source.read(Date.now()).catch((reason: unknown) => reason);

  t.notMatch(String(error), '\u001B');
});
