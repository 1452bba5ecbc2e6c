import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { describe } from '../../src/errors.ts';
import { writeFiles } from '../../src/fetch/write-files.ts';
import type { FileToWrite } from '../../src/fetch/write-files.ts';
import { slotLabel } from '../../src/request/slot.ts';
import { SecretValue } from '../../src/secret-value.ts';

function file(root: string, path: string, value: string | Uint8Array = `value of ${path}`): FileToWrite {
  const place = {
    label: slotLabel({ kind: 'file', path }),
    field: 'metadata.annotations[latchkey.dev/files]',
  };
  return { root, path, value: new SecretValue(value), mode: 0o444, place };
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

function everythingBelow(root: string): readonly string[] {
  return readdirSync(root, { recursive: true }).map(String).sort();
}

t.test('files and their directories are made, whatever the umask', async (t) => {
  const root = t.testdir();
  const before = process.umask(0o077);
  t.teardown(() => process.umask(before));

  const problems = writeFiles([
    file(root, 'token'),
    { ...file(root, 'a/b/key', Buffer.from([0, 255, 10])), mode: 0o640 },
    file(root, '__proto__/constructor'),
  ]);

  t.same(problems, []);
  t.equal(readFileSync(join(root, 'token'), 'utf8'), 'value of token');
  t.same([...readFileSync(join(root, 'a/b/key'))], [0, 255, 10], 'bytes stay bytes');
  t.equal(modeOf(join(root, 'token')), 0o444);
  t.equal(modeOf(join(root, 'a/b/key')), 0o640);
  t.equal(modeOf(join(root, 'a')), 0o755);
  t.same(everythingBelow(root), ['__proto__', '__proto__/constructor', 'a', 'a/b', 'a/b/key', 'token']);
});

t.test('files belong to the process, and directories pass the group of the volume on', async (t) => {
  const root = t.testdir();
  chmodSync(root, 0o2777);

  writeFiles([file(root, 'a/b/c')]);

  t.equal(statSync(join(root, 'a/b/c')).uid, process.getuid?.());
  t.equal(statSync(join(root, 'a/b/c')).gid, statSync(root).gid);
  t.equal(modeOf(join(root, 'a/b')), 0o2755, 'the set-group-ID bit of an fsGroup volume survives');
});

t.test('a second run replaces the same files, and one that was open keeps the old bytes', async (t) => {
  const root = t.testdir();
  writeFiles([file(root, 'd/a', 'old'), file(root, 'b', 'old')]);
  const inode = statSync(join(root, 'b')).ino;

  const problems = writeFiles([file(root, 'd/a', 'new'), file(root, 'b', 'new')]);

  t.same(problems, []);
  t.equal(readFileSync(join(root, 'd/a'), 'utf8'), 'new');
  t.not(statSync(join(root, 'b')).ino, inode, 'replaced by a rename, not written over');
  t.same(everythingBelow(root), ['b', 'd', 'd/a']);
});

t.test('paths that leave their root are refused, and nothing at all is written', async (t) => {
  const hostile = [
    '..',
    '.',
    '',
    '/',
    '/etc/passwd',
    '../x',
    'a/../../x',
    'a//b',
    'a/',
    'a/./b',
    'a\0b',
    'x'.repeat(256),
  ];
  const dir = t.testdir({ root: {} });
  const root = join(dir, 'root');

  for (const path of hostile) {
    const problems = writeFiles([file(root, 'fine'), file(root, path)]);

    t.match(problems, [{ code: 'LK-NAME', message: /is no path of plain segments/ }], JSON.stringify(path));
    t.notMatch(describe(problems[0]!), /\0/);
  }
  t.same(everythingBelow(dir), ['root']);
});

t.test('names that only look hostile are plain names', async (t) => {
  const root = t.testdir();
  const names = ['..data', '-rf', 'a b', '~1', "it's", '$(X)', '\u001b[31m', 'line\nbreak', '💥'];

  const problems = writeFiles(names.map((name) => file(root, name)));

  t.same(problems, []);
  t.same(everythingBelow(root), [...names].sort());
});

t.test('a link planted as a directory is refused, and its target stays untouched', async (t) => {
  const dir = t.testdir({ outside: { keep: 'mine' }, root: { deep: {} } });
  const root = join(dir, 'root');
  symlinkSync(join(dir, 'outside'), join(root, 'conf'));
  symlinkSync(join(dir, 'outside'), join(root, 'deep/conf'));

  const problems = writeFiles([file(root, 'fine'), file(root, 'conf/keep'), file(root, 'deep/conf/keep')]);

  t.match(problems, [
    { code: 'LK-FILES', place: 'file conf/keep', message: /is a link/ },
    { code: 'LK-FILES', place: 'file deep/conf/keep', message: /is a link/ },
  ]);
  t.equal(readFileSync(join(dir, 'outside/keep'), 'utf8'), 'mine');
  t.same(everythingBelow(join(dir, 'outside')), ['keep']);
  t.notOk(lstatSync(join(root, 'fine'), { throwIfNoEntry: false }), 'all or nothing');
});

t.test('a root that is a link is refused', async (t) => {
  const dir = t.testdir({ outside: {} });
  symlinkSync(join(dir, 'outside'), join(dir, 'root'));

  t.match(writeFiles([file(join(dir, 'root'), 'a')]), [{ code: 'LK-FILES', message: /link/ }]);
  t.same(everythingBelow(join(dir, 'outside')), []);
});

t.test("a link planted at a file's place is replaced by the file, not followed", async (t) => {
  const dir = t.testdir({ outside: { keep: 'mine' }, root: {} });
  const root = join(dir, 'root');
  symlinkSync(join(dir, 'outside/keep'), join(root, 'token'));
  symlinkSync(join(dir, 'nowhere'), join(root, 'dangling'));

  const problems = writeFiles([file(root, 'token', 'secret'), file(root, 'dangling', 'secret')]);

  t.same(problems, []);
  t.equal(readFileSync(join(dir, 'outside/keep'), 'utf8'), 'mine');
  t.ok(lstatSync(join(root, 'token')).isFile());
  t.ok(lstatSync(join(root, 'dangling')).isFile());
  t.notOk(lstatSync(join(dir, 'nowhere'), { throwIfNoEntry: false }));
});

t.test('a directory at the place of a file stops all, and no half is left', async (t) => {
  const root = t.testdir({ taken: {}, old: 'old' });

  const problems = writeFiles([file(root, 'old', 'new'), file(root, 'taken'), file(root, 'other/x')]);

  t.match(problems, [
    { code: 'LK-FILES', place: 'file taken', message: /a directory stands where the file belongs/ },
  ]);
  t.equal(readFileSync(join(root, 'old'), 'utf8'), 'old');
  t.same(everythingBelow(root), ['old', 'other', 'taken']);
});

t.test('a file that is also the directory of another one is refused', async (t) => {
  const root = t.testdir({ a: 'a file' });

  t.match(writeFiles([file(root, 'a/b')]), [{ code: 'LK-FILES', place: 'file a/b' }]);
  t.equal(readFileSync(join(root, 'a'), 'utf8'), 'a file');
});

t.test('a volume that is not mounted is a problem for each file, not a crash', async (t) => {
  const root = join(t.testdir(), 'missing');

  const problems = writeFiles([file(root, 'a'), file(root, 'b/c')]);

  t.match(problems, [
    { code: 'LK-FILES', place: 'file a', message: 'the volume is not mounted' },
    { code: 'LK-FILES', place: 'file b/c' },
  ]);
  t.notMatch(problems.map(describe).join(), root);
});

t.test('leftovers of a run that was killed are removed, other files are not', async (t) => {
  const leftover = `.latchkey-${'0123456789abcdef'.repeat(2)}.new`;
  const root = t.testdir({
    [leftover]: 'secret',
    d: { [leftover]: 'secret', mine: 'x' },
    '.latchkey-notes': 'x',
  });
  mkdirSync(join(root, 'e'));
  writeFileSync(join(root, 'e', 'mine'), 'x');

  writeFiles([file(root, 'd/new'), file(root, 'new')]);

  t.same(everythingBelow(root), ['.latchkey-notes', 'd', 'd/mine', 'd/new', 'e', 'e/mine', 'new']);
});
