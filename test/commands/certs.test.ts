import t from 'tap';
import { X509Certificate } from 'node:crypto';
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { run } from '../../src/commands/certs.ts';
import { UsageError } from '../../src/config/usage-error.ts';
import { readMaterial } from '../../src/tls/read-material.ts';

async function certs(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string }> {
  let out = '';
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out += chunk.toString();
      done();
    },
  });
  const signal = new AbortController().signal;
  const code = await run({ args, env, stdin: process.stdin, stdout: sink, stderr: sink, signal });
  return { code, out };
}

t.test('writes a pair that serve takes, and says what comes next', async (t) => {
  const out = join(t.testdir(), 'made', 'here');

  const result = await certs([
    '--out',
    out,
    '--service=hook',
    '-n',
    'infra',
    '--dns=hook.example',
    '--ip=::1',
  ]);

  t.equal(result.code, 0);
  t.same((await readdir(out)).sort(), ['ca.crt', 'tls.crt', 'tls.key'], 'the key of the CA is not kept');
  t.equal((await stat(join(out, 'tls.key'))).mode & 0o777, 0o600);
  const material = await readMaterial(
    { certFile: join(out, 'tls.crt'), keyFile: join(out, 'tls.key') },
    Date.now(),
  );
  const leaf = new X509Certificate(material.cert);
  t.ok(leaf.checkHost('hook.infra.svc') && leaf.checkHost('hook.example') && leaf.checkIP('::1'));
  const ca = await readFile(join(out, 'ca.crt'), 'utf8');
  t.match(result.out, `caBundle: ${Buffer.from(ca).toString('base64')}`);
  t.notMatch(result.out, 'PRIVATE KEY');
});

t.test('overwrites nothing unless told to, and leaves no half', async (t) => {
  const out = t.testdir({ 'tls.key': 'mine' });

  await t.rejects(certs(['--out', out]), { code: 'LK-CONFIG', message: /tls\.key exists already/ });
  t.same(await readdir(out), ['tls.key']);
  t.equal(await readFile(join(out, 'tls.key'), 'utf8'), 'mine');

  await certs(['--out', out, '--force', '--keep-ca-key']);
  t.same((await readdir(out)).sort(), ['ca.crt', 'ca.key', 'tls.crt', 'tls.key']);
  t.equal((await stat(join(out, 'ca.key'))).mode & 0o777, 0o600);
});

t.test('writes through no link', async (t) => {
  const root = t.testdir({ out: {}, victim: 'untouched' });
  await symlink(join(root, 'victim'), join(root, 'out', 'tls.key'));

  await t.rejects(certs(['--out', join(root, 'out')]), { code: 'LK-CONFIG' });
  await certs(['--out', join(root, 'out'), '--force']);

  t.equal(await readFile(join(root, 'victim'), 'utf8'), 'untouched');
});

t.test('a directory that cannot be made is one clear error', async (t) => {
  const root = t.testdir();
  await writeFile(join(root, 'file'), '');

  await t.rejects(certs(['--out', join(root, 'file', 'below')]), {
    code: 'LK-CONFIG',
    message: /cannot be written$/,
  });
});

t.test('names that are none are refused together', async (t) => {
  await t.rejects(
    certs(['--out', t.testdir(), '--dns=Upper,ok', '--ip=300.1.1.1'], { LATCHKEY_SERVICE_NAMESPACE: 'x' }),
    UsageError,
  );
  await t.rejects(certs(['--out', t.testdir(), '--dns=Upper,ok', '--ip=300.1.1.1']), {
    message: '"Upper" is no host name (lower case); --ip: "300.1.1.1" is no IP address',
  });
});

t.test('a folder that cannot be made is said so, also where mkdir would try for ever', async (t) => {
  for (const out of ['/proc/none', '/proc/none/deeper', '/dev/null/below']) {
    await t.rejects(certs(['--out', out]), { code: 'LK-CONFIG', remedy: 'Check --out.' });
  }
});
