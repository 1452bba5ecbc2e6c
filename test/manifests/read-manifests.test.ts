import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';

import { UsageError } from '../../src/config/usage-error.ts';
import { readManifests } from '../../src/manifests/read-manifests.ts';

const pod = (name: string) => `kind: Pod\nmetadata: {name: ${name}}\n`;

t.test('files, directories at any depth and standard input are read in a fixed order', async (t) => {
  const root = t.testdir({
    'b.yaml': pod('b'),
    'a.yml': pod('a'),
    'notes.txt': pod('no'),
    deep: { er: { 'c.json': '{"kind":"Pod","metadata":{"name":"c"}}' } },
    'link.yaml': t.fixture('symlink', '/etc/passwd'),
  });

  const { objects } = await readManifests(
    [root, '-', join(root, 'notes.txt')],
    Readable.from([pod('stdin')]),
  );

  t.same(
    objects.map(({ name, file }) => [name, file === '-']),
    [
      ['a', false],
      ['b', false],
      ['c', false],
      ['stdin', true],
      ['no', false],
    ],
  );
});

t.test('what is not there, and standard input twice, is wrong use', async (t) => {
  await t.rejects(readManifests(['/nowhere/at.all'], Readable.from([])), UsageError);
  await t.rejects(readManifests(['-', '-'], Readable.from([])), UsageError);
  const secret = join(t.testdir({ 'x.yaml': '' }), 'x.yaml');
  await chmod(secret, 0);
  if (process.getuid?.() !== 0) await t.rejects(readManifests([secret], Readable.from([])), UsageError);
});

t.test('standard input has an end', async (t) => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1024 * 1024, 'a');
    })(),
  );

  await t.rejects(readManifests(['-'], endless), { message: /more than 32 MiB/ });
});
