import t from 'tap';
import { checkFilePath, checkMountPath, relationOf } from '../../src/request/file-path.ts';
import { printable } from '../../src/quote.ts';
import { thrown } from './support.ts';

t.test('plain paths are files', async (t) => {
  const paths = [
    'tls.key',
    'certs/tls.key',
    '.env',
    'a b',
    'ü/日本',
    'x~1',
    '__proto__',
    '/etc/app/tls.key',
    '/app/config.json',
    '/run/app/x',
    'a:b',
  ];
  for (const path of paths) t.doesNotThrow(() => checkFilePath(path), path);
});

t.test('paths that leave their place or break names are refused', async (t) => {
  const paths = [
    '',
    '.',
    '..',
    '../x',
    'a/../b',
    'a//b',
    'a/',
    './a',
    'a/.',
    '..data',
    'a/..b',
    'a\\b',
    'a\nb',
    'a\0b',
    'a\u001b[0m',
    'a\u2028',
    '\ud800',
    'x'.repeat(256),
    'ü'.repeat(128),
    'a/'.repeat(1500) + 'a',
    '/',
    '//a',
    '/a/../b',
    '/a/',
    '/a:b',
  ];
  for (const path of paths) {
    t.equal(thrown(() => checkFilePath(path)).code, 'LK-NAME', printable(path, 30));
  }
});

t.test('nothing is put where the system or a token lives', async (t) => {
  const paths = [
    '/proc/1/x',
    '/sys',
    '/dev/termination-log',
    '/etc/hosts',
    '/etc',
    '/usr/bin',
    '/var/run/secrets/kubernetes.io/serviceaccount/token',
    '/run/secrets/kubernetes.io/x',
    '/var/run/secrets/eks.amazonaws.com',
    '/var/run/secrets/pods.eks.amazonaws.com/x',
    '/var/run/secrets',
    '/var/run',
    '/var',
  ];
  for (const path of paths) {
    t.match(
      thrown(() => checkFilePath(path)),
      { code: 'LK-NAME', message: /belongs to the system/ },
      path,
    );
    t.equal(thrown(() => checkMountPath(path)).code, 'LK-NAME', path);
  }
});

t.test('a mount path is absolute; a slash at its end does not count', async (t) => {
  t.equal(checkMountPath(' /secrets/ \n'), '/secrets');
  t.equal(checkMountPath('/var/run/secrets/latchkey'), '/var/run/secrets/latchkey');
  t.match(thrown(() => checkMountPath('secrets')).message, /not absolute/);
  t.equal(thrown(() => checkMountPath('/secrets//')).code, 'LK-NAME');
  t.equal(thrown(() => checkMountPath('')).code, 'LK-NAME');
});

t.test('two paths lie apart, below, above or on one another', async (t) => {
  t.equal(relationOf('/a', '/a/'), 'same');
  t.equal(relationOf('/a/b', '/a'), 'below');
  t.equal(relationOf('/a', '/a/b'), 'above');
  t.equal(relationOf('/ab', '/a'), 'apart');
  t.equal(relationOf('/a', '/'), 'below');
  t.equal(relationOf('/run/x', '/var/run/x'), 'same');
  t.equal(relationOf('/run', '/var/run/x'), 'above');
  t.equal(relationOf('/var/running', '/run'), 'apart');
});
