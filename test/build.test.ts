import t from 'tap';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { VERSION } from '../src/version.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const LAUNCHER = join(ROOT, 'src', 'latchkey.cjs');

t.test('the built program runs each command', async (t) => {
  const dist = t.testdir();
  await run(process.execPath, [join(ROOT, 'src', 'build.ts'), dist]);
  const latchkey = (...args: string[]) => run(process.execPath, [join(dist, 'latchkey.cjs'), ...args]);

  t.equal((await latchkey('--version')).stdout, `${VERSION}\n`);
  for (const command of ['serve', 'fetch', 'render', 'lint', 'certs']) {
    t.match((await latchkey(command, '--help')).stdout, `latchkey ${command}`);
  }
  await t.rejects(latchkey('serve', '--wrong'), { code: 2, stderr: /^latchkey: --wrong is not known\n/ });
  await t.rejects(latchkey('frobnicate'), { code: 2, stderr: /unknown command/ });
  await t.rejects(latchkey(), { code: 2, stderr: /Usage: / });
  await latchkey('certs', '--out', join(dist, 'pair'));
  t.same((await readdir(join(dist, 'pair'))).sort(), ['ca.crt', 'tls.crt', 'tls.key']);
});

t.test('the launcher is ES5, so that a Node of any age can say that it is too old', async (t) => {
  const source = await readFile(LAUNCHER, 'utf8');

  await t.resolves(transform(source, { target: 'es5', logLevel: 'silent' }));
});

t.test('a Node that is too old says which one is needed and which was found', async (t) => {
  for (const found of ['20.19.0', '22.18.9', '4.0.0']) {
    const script = `Object.defineProperty(process, 'versions', { value: { node: '${found}' } }); require(${JSON.stringify(LAUNCHER)})`;
    await t.rejects(run(process.execPath, ['-e', script]), {
      code: 2,
      stderr: `latchkey: needs Node 22.19 or newer, found ${found}\n`,
    });
  }
});
